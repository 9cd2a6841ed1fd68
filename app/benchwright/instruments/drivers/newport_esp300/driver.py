"""Newport ESP300 (and ESP301) motion controller, one axis of it.

Source: ESP300 Motion Controller/Driver User's Manual, section 3 (remote mode) and Appendix A (errors).
Commands are ``xxAAnn``: axis, mnemonic, parameter, ended by CR; replies end in CR LF. The serial port runs at
19200 baud, 8N1, with RTS/CTS: ``serial:///dev/ttyUSB0?baudrate=19200&rtscts=true``.

Motion is watched with ``MD?``; the controller's own wait (``WS``) is never used, as it would keep the
controller from listening. A refused command gives no reply but an entry in the error queue, so each command
is followed by ``TE?``, the shorter of the two ways to read that queue.

Emergency stop: ``AB`` stops all axes at once and, as delivered (``ZE``), cuts the motors' power. The safe
state is standstill, confirmed, with the motors left as they are: ``ST`` lets the axes slow down and hold
their place; only if that does not stop them within `STOP_DEADLINE_S`, ``AB`` does. A move switches a motor
back on.
"""

import time
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar

from benchwright.core.descriptors import MethodDescriptor, ParameterDescriptor
from benchwright.core.errors import InstrumentError, InstrumentTimeout
from benchwright.core.permissions import Permission
from benchwright.core.values import Value
from benchwright.instruments.descriptor import Quantity, command, query
from benchwright.instruments.drivers.newport_esp300.axis_options import (
    AXIS_OPTIONS,
    DEFAULT_UNIT,
    UNIT_CODES,
    in_unit,
    unit_of_code,
)
from benchwright.instruments.drivers.newport_esp300.error_codes import MOTOR_NOT_ENABLED, describe_error
from benchwright.instruments.instrument import Instrument

STOP_DEADLINE_S = 1.2  # for slowing down; an emergency stop as a whole has 2 s
ABORT_DEADLINE_S = 0.6
_POLL_S = (0.001, 0.02)  # shortest and longest time between two looks at a motion
_ERRORS_KEPT = 10
_VERSION = r"ESP30\d.*"

Position = Annotated[float, Quantity(DEFAULT_UNIT, limit="position")]
Distance = Annotated[float, Quantity(DEFAULT_UNIT)]
Velocity = Annotated[float, Quantity(f"{DEFAULT_UNIT}/s", minimum=0, limit="velocity")]
Acceleration = Annotated[float, Quantity(f"{DEFAULT_UNIT}/s^2", minimum=0, limit="acceleration")]


class NewportEsp300(Instrument):
    """Moves one axis of a Newport ESP300 motion controller."""

    MAKER = "Newport"
    MODEL = "ESP300"
    WRITE_TERMINATOR = b"\r"
    READ_TERMINATOR = b"\r\n"
    STOP_BYTES = b"AB\r"
    SYNC = ("VE?", _VERSION)
    OPTIONS: ClassVar[Mapping[str, ParameterDescriptor]] = AXIS_OPTIONS

    # --- motion ---

    @command(waits=True)
    def move_absolute(self, position: Position, wait: bool = True) -> None:
        """Move to a position.

        Args:
            position: where to go
            wait: return when the motion is done, else at once
        """
        self._move(f"PA{_shown(position)}", wait)

    @command(waits=True)
    def move_relative(self, distance: Distance, wait: bool = True) -> None:
        """Move by a distance from the present position.

        Args:
            distance: how far to go
            wait: return when the motion is done, else at once
        """
        with self.port.transaction():
            target = self._ask_float("TP?") + distance
            self.check_limit("position", target, str(self.options["unit"]))
            started = self._start(f"PA{_shown(target)}")
        self._finish(started, wait)

    @command(waits=True)
    def home(
        self, wait: bool = True, mode: Annotated[int, Quantity(choices=(0, 1, 2, 3, 4, 5, 6))] = 1
    ) -> None:
        """Search the home position, which becomes zero.

        Args:
            wait: return when the search is done, else at once
            mode: what to search, as the manual numbers it for OR; 0 moves to the present zero
        """
        self.check_limit("position", 0.0, str(self.options["unit"]))
        self._move(f"OR{mode}", wait)

    @command(waits=True)
    def stop(self) -> None:
        """Slow down, stop and hold the position."""
        self.hold()

    @query(waits=True)
    def wait_settled(self) -> None:
        """Wait until the motion is done."""
        self._wait_done(float(self.options["motion_timeout_s"]))
        self._check_errors()

    @query()
    def is_moving(self) -> bool:
        """Tell whether the axis is in motion."""
        return not self._ask_boolean("MD?")

    @query(unit=DEFAULT_UNIT, telemetry="position")
    def get_position(self) -> float:
        """Read the actual position."""
        return self._ask_float("TP?")

    @query(unit=DEFAULT_UNIT)
    def get_target(self) -> float:
        """Read the position that the axis goes to or holds."""
        return self._ask_float("DP?")

    # --- settings ---

    @command(permission=Permission.DEVICE_WRITE)
    def set_velocity(self, velocity: Velocity) -> None:
        """Set the velocity of coming moves."""
        self._set(f"VA{_shown(velocity)}")

    @query(unit=f"{DEFAULT_UNIT}/s")
    def get_velocity(self) -> float:
        """Read the velocity of moves."""
        return self._ask_float("VA?")

    @command(permission=Permission.DEVICE_WRITE)
    def set_acceleration(self, acceleration: Acceleration) -> None:
        """Set the acceleration and deceleration of coming moves."""
        self._set(f"AC{_shown(acceleration)}")
        self._set(f"AG{_shown(acceleration)}")

    @query(unit=f"{DEFAULT_UNIT}/s^2")
    def get_acceleration(self) -> float:
        """Read the acceleration of moves."""
        return self._ask_float("AC?")

    @command()
    def enable_motor(self) -> None:
        """Switch the motor's power on."""
        self._set("MO")

    @command()
    def disable_motor(self) -> None:
        """Switch the motor's power off; nothing holds the axis then."""
        self._set("MF")

    @query()
    def is_motor_enabled(self) -> bool:
        """Tell whether the motor has power."""
        return self._ask_boolean("MO?")

    # --- the controller ---

    @query()
    def identify(self) -> str:
        """Read model and firmware version."""
        return self.ask_text("VE?", _VERSION, "the version of an ESP300")

    @query()
    def identify_stage(self) -> str:
        """Read model and serial number of the stage."""
        return self.ask_text(self._on_axis("ID?"), "[^,]+,[^,]+", "model and serial number")

    @query()
    def read_error(self) -> str:
        """Take the next entry from the error queue: code, time stamp in servo cycles, text."""
        return self.ask_text("TB?", r"\d+, *\d+, *\S.*", "code, time stamp and text")

    # --- life and safety ---

    def on_connected(self) -> None:
        """Hold the controller's unit against the configured one.

        Raises:
            InstrumentError: they are not the same, so that each position would mean something else.
        """
        unit = str(self.options["unit"])
        code = self.parse_integer(self.port.query(self._on_axis("SN?")), "SN?")
        if code != UNIT_CODES[unit]:
            axis, found = self.options["axis"], unit_of_code(code)
            raise InstrumentError(
                self.name, f"axis {axis} of the controller is set to {found}, the option unit says {unit}"
            )
        self._has_old_errors = True

    def hold(self) -> None:
        """Slow down, stop and hold the position."""
        self._stops += 1
        self.port.command(self._on_axis("ST"))
        self._wait_done(STOP_DEADLINE_S)

    def safe_state(self) -> None:
        """Stop all axes and confirm the standstill; slowly at first, by ``AB`` if that does not do.

        Raises:
            InstrumentError: the axis still moves, or its state cannot be read.
        """
        self._stops += 1
        self._has_old_errors = True  # an abort is one, as is ST to a controller that wants an axis with it
        self.port.command(self._on_axis("ST"))
        self.port.command("ST")
        try:
            self._wait_done(STOP_DEADLINE_S)
        except InstrumentError:
            self.port.command("AB")
            self._wait_done(ABORT_DEADLINE_S)

    def snapshot(self) -> dict[str, Value]:
        """Return the position."""
        return {"position": self.get_position()}

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Move back to the position of a `snapshot`."""
        self.move_absolute(snapshot["position"])

    # --- how ---

    _has_old_errors = True  # whether the queue may hold what no later command is to blame for
    _stops = 0  # how often it was stopped by us; tells a move that it was

    @classmethod
    def declared_methods(cls, options: Mapping[str, Any]) -> list[MethodDescriptor]:
        """List the methods, in the unit that the options name."""
        unit = str(options.get("unit", DEFAULT_UNIT))
        return [in_unit(method, unit) for method in super().declared_methods(options)]

    def _on_axis(self, command: str) -> str:
        return f"{self.options['axis']}{command}"

    def _ask_float(self, question: str) -> float:
        return self.parse_float(self.port.query(self._on_axis(question)), question)

    def _ask_boolean(self, question: str) -> bool:
        return self.parse_boolean(self.port.query(self._on_axis(question)), question)

    def _set(self, command: str) -> None:
        with self.port.transaction():
            self._send(command)
            self._check_errors()

    def _send(self, command: str) -> None:
        if self._has_old_errors:
            self._forget_errors()
        self.port.command(self._on_axis(command))

    def _forget_errors(self) -> None:
        for _ in range(_ERRORS_KEPT):
            if not self._next_error():
                break
        self._has_old_errors = False

    def _move(self, command: str, wait: bool) -> None:
        self._finish(self._start(command), wait)

    def _start(self, command: str) -> int:
        """Start a motion and return the count of stops before it."""
        with self.port.transaction():
            self._send(command)
            error = self._next_error()
            if error % 100 == MOTOR_NOT_ENABLED and error > 100 and self.options["switches_on"]:
                self._set("MO")
                self._send(command)
                error = self._next_error()
            self._refuse(error)
            return self._stops

    def _finish(self, stops: int, wait: bool) -> None:
        if not wait:
            return
        self._wait_done(float(self.options["motion_timeout_s"]))
        self._check_errors()
        if self._stops != stops:
            raise InstrumentError(self.name, "the motion was stopped before its end")

    def _wait_done(self, timeout_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        started_s = clock()
        while not self._ask_boolean("MD?"):
            elapsed_s = clock() - started_s
            if elapsed_s > timeout_s:
                raise InstrumentTimeout(self.name, f"still in motion after {timeout_s:g} s")
            self.wait(min(max(elapsed_s / 10, _POLL_S[0]), _POLL_S[1]))

    def _next_error(self) -> int:
        return self.parse_integer(self.port.query("TE?"), "TE?")

    def _check_errors(self) -> None:
        if self._has_old_errors:
            self._forget_errors()
        else:
            self._refuse(self._next_error())

    def _refuse(self, error: int) -> None:
        if error:
            raise InstrumentError(self.name, f"error {error}: {describe_error(error)}")


def _shown(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


DRIVER = NewportEsp300
