"""The controller board behind the device functions of scripts: motors, digital outputs, sensors.

Protocol (text lines that end in LF; each command line but ``!`` gets one reply line):

====================  =====================================  ==========================
command               what it does                           reply
====================  =====================================  ==========================
``ID?``               tell what the board is                 ``BOARD <type> <firmware>``
``MOTOR <n> <speed>`` run motor 0 to 255 at -100 to 100 %    ``OK``
``MOTOR? <n>``        tell the actual speed of a motor       ``MOTOR <n> <speed>``
``OUT <pin> <0|1>``   switch output 0 to 255                 ``OK``
``OUT? <pin>``        tell the state of an output            ``OUT <pin> <0|1>``
``READ? <channel>``   TEMPERATURE, VOLTAGE or CURRENT        ``<channel> <value>``
``STATE?``            count running motors, outputs on       ``STATE <motors> <outputs>``
``HALT``              stop all motors                        ``OK``
``STOP``              stop all motors, all outputs off       ``OK``
``!``                 the same, at once, for emergencies     none
====================  =====================================  ==========================

A line that the board cannot carry out gets ``ERR <reason>``. Readings are in degrees Celsius, volts, amperes.
A reply names what it answers, so that it cannot be taken for that to another question.
"""

import re
from typing import Annotated

from benchwright.core.device_status import DeviceStatus
from benchwright.core.errors import InstrumentError
from benchwright.core.values import Value
from benchwright.instruments.descriptor import Quantity, command, query
from benchwright.instruments.instrument import Instrument

_CHANNELS = ("temperature", "voltage", "current")

Motor = Annotated[int, Quantity(minimum=0, maximum=255)]
Speed = Annotated[float, Quantity("%", -100, 100, limit="speed")]
Pin = Annotated[int, Quantity(minimum=0, maximum=255)]
Channel = Annotated[str, Quantity(choices=_CHANNELS)]


class ControllerBoard(Instrument):
    """Runs motors and switches outputs of a controller board."""

    MAKER = "Benchwright"
    MODEL = "controller board"
    STOP_BYTES = b"!\n"
    SYNC = ("ID?", r"BOARD \S+ \S+")

    @command()
    def set_motor_speed(self, id: Motor, speed: Speed) -> None:  # noqa: A002 - the name scripts use
        """Run a motor.

        Args:
            id: which motor
            speed: its speed; negative is backwards, 0 stops it
        """
        self._act(f"MOTOR {id} {speed:g}")

    @query(unit="%")
    def get_motor_speed(self, id: Motor) -> float:  # noqa: A002
        """Read the actual speed of a motor."""
        return self.parse_float(self._ask(f"MOTOR? {id}", f"MOTOR {id}"), "MOTOR?")

    @command()
    def set_digital_output(self, pin: Pin, state: bool) -> None:
        """Switch an output on or off."""
        self._act(f"OUT {pin} {int(state)}")

    @query()
    def get_digital_output(self, pin: Pin) -> bool:
        """Read whether an output is on."""
        return self.parse_boolean(self._ask(f"OUT? {pin}", f"OUT {pin}"), "OUT?")

    @command()
    def stop(self) -> None:
        """Stop all motors and switch all outputs off."""
        self._act("STOP")

    @query(unit="degC", telemetry="temperature")
    def read_temperature(self) -> float:
        """Read the board's temperature."""
        return self._read("temperature")

    @query(unit="V", telemetry="voltage")
    def read_voltage(self) -> float:
        """Read the board's supply voltage."""
        return self._read("voltage")

    @query(unit="A", telemetry="current")
    def read_current(self) -> float:
        """Read the current that the board draws."""
        return self._read("current")

    @query()
    def read_telemetry(self, channel: Channel) -> float:
        """Read one sensor: temperature in degC, voltage in V or current in A.

        Args:
            channel: which sensor
        """
        return self._read(channel)

    @query()
    def get_status(self) -> dict[str, Value]:
        """Tell whether the board answers, what it is and its firmware version."""
        device_type, firmware_version = self.identify().split()[1:3]
        status = DeviceStatus(connected=True, device_type=device_type, firmware_version=firmware_version)
        return status.as_value()

    @query()
    def identify(self) -> str:
        """Read type and firmware version."""
        return "BOARD " + self._ask("ID?", "BOARD")

    # --- safety ---

    def safe_state(self) -> None:
        """Stop all motors, switch all outputs off and confirm it.

        Raises:
            InstrumentError: a motor runs or an output is on still, or the state cannot be read.
        """
        self._act("STOP")
        state = self._ask("STATE?", "STATE")
        if not re.fullmatch(r"\d+ \d+", state, re.ASCII):
            raise self.senseless(f"STATE {state}", "STATE?", "two counts")
        if state.split() != ["0", "0"]:
            raise InstrumentError(self.name, f"after STOP the count of motors and outputs in use is {state}")

    def hold(self) -> None:
        """Stop all motors; outputs stay as they are."""
        self._act("HALT")

    # --- how ---

    def _read(self, channel: str) -> float:
        word = channel.upper()
        return self.parse_float(self._ask(f"READ? {word}", word), f"READ? {word}")

    def _act(self, line: str) -> None:
        self._check(line, self.port.command_with_reply(line), "OK")

    def _ask(self, line: str, answer: str) -> str:
        return self._check(line, self.port.query(line), answer)

    def _check(self, line: str, reply: str, answer: str) -> str:
        """Return what follows `answer` in a reply."""
        if reply.startswith("ERR "):
            raise InstrumentError(self.name, f"refused {line}: {reply[4:]}")
        if reply != answer and not reply.startswith(answer + " "):
            raise self.senseless(reply, line, answer)
        return reply[len(answer) + 1 :]


DRIVER = ControllerBoard
