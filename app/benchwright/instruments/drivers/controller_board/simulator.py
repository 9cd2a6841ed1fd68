"""A simulated controller board: motors that need time to spin up, outputs, a few sensors.

The protocol is the one of `driver.py` beside this file.
"""

from collections.abc import Callable
from math import exp

from benchwright.instruments.simulation.simulator import Simulator
from benchwright.instruments.simulation.world import World

IDENTITY = "BOARD benchwright-board 1.4.2"
_SPIN_UP_S = 0.3


class _Motor:
    """A motor whose speed follows its setpoint with a time constant, in percent."""

    def __init__(self) -> None:
        self.setpoint = 0.0
        self._speed = 0.0
        self._set_s = 0.0

    def set(self, setpoint: float, now_s: float) -> None:
        self._speed = self.speed(now_s)
        self.setpoint = setpoint
        self._set_s = now_s

    def speed(self, now_s: float) -> float:
        return self.setpoint + (self._speed - self.setpoint) * exp(-(now_s - self._set_s) / _SPIN_UP_S)


class ControllerBoardSimulator(Simulator):
    """256 motors, 256 outputs, temperature, supply voltage and motor current."""

    REPLY_TERMINATOR = b"\n"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._random = world.random("board")
        self._motors = [_Motor() for _ in range(256)]
        self._outputs = [False] * 256

    def respond(self, line: str) -> list[str]:
        word, *arguments = line.upper().split() or [""]
        try:
            reply = _COMMANDS[word](self, *arguments)
            return [] if word == "!" else [reply]
        except KeyError:
            return [f"ERR unknown command {word}"]
        except (TypeError, ValueError):
            return [f"ERR bad arguments for {word}"]
        except IndexError:
            return [f"ERR out of range for {word}"]

    def identity(self) -> str:
        return IDENTITY

    def set_motor(self, motor: str, speed: str) -> str:
        if not -100 <= float(speed) <= 100:
            raise IndexError
        self._motors[_number(motor)].set(float(speed), self.world.now_s())
        return "OK"

    def motor(self, motor: str) -> str:
        return f"MOTOR {_number(motor)} {self._motors[_number(motor)].speed(self.world.now_s()):.1f}"

    def set_output(self, pin: str, state: str) -> str:
        if state not in ("0", "1"):
            raise ValueError(state)
        self._outputs[_number(pin)] = state == "1"
        return "OK"

    def output(self, pin: str) -> str:
        return f"OUT {_number(pin)} {int(self._outputs[_number(pin)])}"

    def halt(self) -> str:
        for motor in self._motors:
            motor.set(0.0, self.world.now_s())
        return "OK"

    def stop(self) -> str:
        self.halt()
        self._outputs = [False] * 256
        return "OK"

    def state(self) -> str:
        running = sum(motor.setpoint != 0 for motor in self._motors)
        return f"STATE {running} {sum(self._outputs)}"

    def read_channel(self, channel: str) -> str:
        now_s = self.world.now_s()
        load = sum(abs(motor.speed(now_s)) for motor in self._motors) / 100
        readings = {
            "TEMPERATURE": 24.0 + 0.8 * load + self._random.gauss(0, 0.05),
            "VOLTAGE": 12.0 - 0.05 * load + self._random.gauss(0, 0.005),
            "CURRENT": 0.12 + 0.4 * load + abs(self._random.gauss(0, 0.002)),
        }
        if channel not in readings:
            raise ValueError(channel)
        return f"{channel} {readings[channel]:.4f}"


def _number(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 255:
        raise IndexError
    return number


_COMMANDS: dict[str, Callable[..., str]] = {
    "!": ControllerBoardSimulator.stop,
    "HALT": ControllerBoardSimulator.halt,
    "ID?": ControllerBoardSimulator.identity,
    "MOTOR": ControllerBoardSimulator.set_motor,
    "MOTOR?": ControllerBoardSimulator.motor,
    "OUT": ControllerBoardSimulator.set_output,
    "OUT?": ControllerBoardSimulator.output,
    "STOP": ControllerBoardSimulator.stop,
    "STATE?": ControllerBoardSimulator.state,
    "READ?": ControllerBoardSimulator.read_channel,
}

SIMULATOR = ControllerBoardSimulator
