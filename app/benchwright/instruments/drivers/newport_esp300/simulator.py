"""A simulated ESP300 with a rotation stage on axis 1 and linear stages on axes 2 and 3.

Source of the protocol: ESP300 Motion Controller/Driver User's Manual, section 3 (remote mode: syntax and
commands), Appendix A (error messages). Command lines end in CR, replies in CR LF; ``;`` separates commands,
each query gets a reply of its own. ``*IDN?`` answers as ``VE?`` does, as firmware 3.04 is known to. The other
common questions of IEEE 488.2 and ``SYST:ERR?`` are answered although the manual does not know them: programs
that try them on every instrument (PyMeasure does) would wait in vain.
"""

import re
from collections import deque
from collections.abc import Callable

from benchwright.instruments.drivers.newport_esp300.error_codes import describe_error
from benchwright.instruments.drivers.newport_esp300.simulated_axis import (
    LINEAR_STAGE,
    ROTATION_STAGE,
    SimulatedAxis,
)
from benchwright.instruments.simulation.simulator import Simulator
from benchwright.instruments.simulation.world import World

VERSION = "ESP300 Version 3.04 07/27/01"
_SERVO_CYCLE_S = 400e-6  # the unit of an error's time stamp, manual: TB
_ERRORS_KEPT = 10
_LARGEST = 1e9  # number that a parameter may be
_SYNTAX = re.compile(r"(\d*) *([A-Z]{2}) *(.*)", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:E[+-]?\d+)?", re.ASCII)


class CommandRefused(Exception):
    """A command that ends in an error code, as the queue keeps it."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Esp300Simulator(Simulator):
    """The controller: reads commands, keeps the error queue, drives three axes."""

    REPLY_TERMINATOR = b"\r\n"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        stages = (ROTATION_STAGE, LINEAR_STAGE, LINEAR_STAGE)
        self.axes = {n: SimulatedAxis(stage, world.now_s) for n, stage in enumerate(stages, start=1)}
        world.beam.angle_deg = self.axes[1].physical
        self._errors: deque[tuple[int, int]] = deque(maxlen=_ERRORS_KEPT)
        self._resumes_s = 0.0

    # --- command lines ---

    def commands(self, line: str) -> list[str]:
        return line.split(";")

    def respond(self, line: str) -> list[str]:
        replies = (self._respond_one(command.strip().upper()) for command in self.commands(line))
        return [reply for reply in replies if reply is not None]

    def _respond_one(self, command: str) -> str | None:
        try:
            return self._execute(command) if command else None
        except CommandRefused as refusal:
            self._note(refusal.code)
            return None

    def _execute(self, command: str) -> str | None:
        if command in _COMMON_COMMANDS:
            return _COMMON_COMMANDS[command](self)
        parsed = _SYNTAX.fullmatch(command)
        if parsed is None:
            raise CommandRefused(6)
        prefix, mnemonic, parameter = parsed.groups()
        if mnemonic in _CONTROLLER_COMMANDS:
            return _CONTROLLER_COMMANDS[mnemonic](self, prefix)
        if mnemonic not in _AXIS_COMMANDS:
            raise CommandRefused(6)
        if not prefix:
            raise CommandRefused(37)
        if int(prefix) not in self.axes:
            raise CommandRefused(9)
        return _AXIS_COMMANDS[mnemonic](self, int(prefix), parameter)

    def _note(self, code: int) -> None:
        self._errors.append((code, round(self.world.now_s() / _SERVO_CYCLE_S)))

    def is_urgent(self, command: str) -> bool:
        return command.strip().upper() == "AB"

    def blocked_s(self) -> float:
        return max(0.0, self._resumes_s - self.world.now_s())

    # --- commands of the controller ---

    def _next_error(self) -> tuple[int, int]:
        if self._errors:
            return self._errors.popleft()
        return 0, round(self.world.now_s() / _SERVO_CYCLE_S)

    def read_error_code(self, prefix: str = "") -> str:
        return str(self._next_error()[0])

    def read_error_message(self, prefix: str = "") -> str:
        code, cycles = self._next_error()
        return f"{code}, {cycles}, {describe_error(code)}"

    def clear_errors(self) -> None:
        self._errors.clear()

    def read_version(self, prefix: str = "") -> str:
        return VERSION

    def read_status(self, prefix: str) -> str:
        status = 0x40  # bits 0 to 2: axis in motion; 4: any motor on; 6: reserved, seen set
        for number, axis in self.axes.items():
            status |= axis.is_moving() << (number - 1) | axis.is_on << 4
        return chr(status)

    def abort(self, prefix: str) -> None:
        """Emergency stop; an axis configured as delivered loses motor power (manual: AB, ZE)."""
        self._resumes_s = 0.0
        for axis in self.axes.values():
            axis.switch_off()
        self._note(4)

    def stop(self, prefix: str) -> None:
        if prefix and int(prefix) not in self.axes and int(prefix):
            raise CommandRefused(9)
        for number, axis in self.axes.items():
            if int(prefix or 0) in (0, number) and axis.stop():
                self._note(100 * number + 20)

    # --- commands of an axis ---

    def move_absolute(self, number: int, parameter: str) -> str | None:
        axis = self.axes[number]
        if parameter == "?":
            return _shown(axis.target())
        self._move(number, self._number(number, parameter))
        return None

    def move_relative(self, number: int, parameter: str) -> None:
        self._move(number, self.axes[number].position() + self._number(number, parameter))

    def _move(self, number: int, target: float) -> None:
        axis = self._ready_to_move(number)
        if target > axis.right_limit:
            raise CommandRefused(100 * number + 6)
        if target < axis.left_limit:
            raise CommandRefused(100 * number + 7)
        axis.move(target)

    def home(self, number: int, parameter: str) -> str | None:
        if parameter == "?":
            return "1" if self.axes[number].is_homing() else "0"
        mode = self._number(number, parameter or "0")
        if mode not in range(7):
            raise CommandRefused(100 * number + 1)
        self._ready_to_move(number).home(sets_zero=mode != 0)
        return None

    def _ready_to_move(self, number: int) -> SimulatedAxis:
        axis = self.axes[number]
        if not axis.is_on:
            raise CommandRefused(100 * number + 13)
        if axis.is_homing():
            raise CommandRefused(100 * number + 30)
        return axis

    def define_home(self, number: int, parameter: str) -> str | None:
        axis = self.axes[number]
        if parameter == "?":
            return _shown(0.0)
        axis.define_position(self._number(number, parameter or "0"))
        return None

    def wait_for_stop(self, number: int, parameter: str) -> None:
        delay_s = self._number(number, parameter or "0") / 1000
        ends_s = self.axes[number].motion_ends_s()
        self._resumes_s = max(self.world.now_s(), ends_s) + delay_s

    def motor_on(self, number: int, parameter: str) -> str | None:
        if parameter != "?":
            self.axes[number].is_on = True
            return None
        return str(int(self.axes[number].is_on))

    def motor_off(self, number: int, parameter: str) -> str | None:
        if parameter != "?":
            self.axes[number].switch_off()
            return None
        return str(int(self.axes[number].is_on))

    def unit(self, number: int, parameter: str) -> str | None:
        if parameter == "?":
            return str(self.axes[number].unit)
        unit = self._number(number, parameter)
        if unit not in range(12):
            raise CommandRefused(100 * number + 1)
        self.axes[number].unit = int(unit)
        return None

    def setting(self, number: int, parameter: str, name: str, limit: str, refusal: int) -> str | None:
        axis = self.axes[number]
        if parameter == "?":
            return _shown(getattr(axis, name))
        value = self._number(number, parameter)
        if limit and not 0 < value <= getattr(axis, limit):
            raise CommandRefused(100 * number + (refusal if value > 0 else 1))
        setattr(axis, name, value)
        return None

    def _number(self, number: int, parameter: str) -> float:
        if not parameter:
            raise CommandRefused(38)
        if not _NUMBER.fullmatch(parameter) or abs(float(parameter)) > _LARGEST:
            raise CommandRefused(100 * number + 1)
        return float(parameter)


def _shown(value: float) -> str:
    return f"{value:.4f}"


def _setting(name: str, limit: str = "", refusal: int = 1) -> "_AxisCommand":
    return lambda controller, number, parameter: controller.setting(number, parameter, name, limit, refusal)


_ControllerCommand = Callable[[Esp300Simulator, str], str | None]
_AxisCommand = Callable[[Esp300Simulator, int, str], str | None]

_CONTROLLER_COMMANDS: dict[str, _ControllerCommand] = {
    "AB": Esp300Simulator.abort,
    "ST": Esp300Simulator.stop,
    "TB": Esp300Simulator.read_error_message,
    "TE": Esp300Simulator.read_error_code,
    "TS": Esp300Simulator.read_status,
    "VE": Esp300Simulator.read_version,
}

_COMMON_COMMANDS: dict[str, Callable[[Esp300Simulator], str | None]] = {
    "*CLS": Esp300Simulator.clear_errors,
    "*IDN?": Esp300Simulator.read_version,
    "*OPC?": lambda controller: "1",
    "*OPT?": lambda controller: "0",
    "*STB?": lambda controller: "0",
    "SYST:ERR?": lambda controller: controller.read_error_message().replace(", ", ","),
}

_AXIS_COMMANDS: dict[str, _AxisCommand] = {
    "AC": _setting("acceleration", "maximum_acceleration", 11),
    "AG": _setting("deceleration", "maximum_acceleration", 11),
    "AU": _setting("maximum_acceleration"),
    "DH": Esp300Simulator.define_home,
    "DP": lambda controller, number, parameter: _shown(controller.axes[number].target()),
    "DV": lambda controller, number, parameter: _shown(controller.axes[number].velocity),
    "ID": lambda controller, number, parameter: "{0.model}, {0.serial}".format(controller.axes[number].stage),
    "MD": lambda controller, number, parameter: str(int(not controller.axes[number].is_moving())),
    "MF": Esp300Simulator.motor_off,
    "MO": Esp300Simulator.motor_on,
    "OR": Esp300Simulator.home,
    "PA": Esp300Simulator.move_absolute,
    "PR": Esp300Simulator.move_relative,
    "SL": _setting("left_limit"),
    "SN": Esp300Simulator.unit,
    "SR": _setting("right_limit"),
    "SU": lambda controller, number, parameter: f"{controller.axes[number].stage.resolution:g}",
    "TP": lambda controller, number, parameter: _shown(controller.axes[number].position()),
    "TV": lambda controller, number, parameter: _shown(controller.axes[number].speed()),
    "VA": _setting("velocity", "maximum_velocity", 10),
    "VU": _setting("maximum_velocity"),
    "WS": Esp300Simulator.wait_for_stop,
}

SIMULATOR = Esp300Simulator
