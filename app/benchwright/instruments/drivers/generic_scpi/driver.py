"""An instrument whose commands are declared in the configuration, without code.

```toml
[instruments.generator]
driver = "generic_scpi"
link = "tcp://192.168.1.20:5025"
limits = { voltage = [0.0, 5.0] }
[instruments.generator.options]
safe_state = ["OUTP OFF"]                   # what an emergency stop sends; [] where each state is safe
safe_state_check = { "OUTP?" = "0" }        # what must then be answered
stop = "OUTP OFF"                           # sent at once beside whatever goes on; may be left out
identify = "*IDN?"                          # the default; "" where there is no such question
[[instruments.generator.options.commands]]
name = "set_voltage"
kind = "command"
command = "VOLT {voltage:.4f}"
help = "Set the amplitude."
parameters = [{ name = "voltage", unit = "V", minimum = 0, maximum = 10 }]
[[instruments.generator.options.commands]]
name = "get_voltage"
kind = "query"
command = "VOLT?"
unit = "V"
telemetry = "voltage"
```

Truth values are sent as 1 and 0. Source of the rest: SCPI-1999 volume 1, chapters 6 to 8.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from benchwright.core.descriptors import MethodDescriptor, MethodKind, ParameterDescriptor
from benchwright.core.errors import ConfigurationError, InstrumentError
from benchwright.core.values import Value
from benchwright.instruments.descriptor import query
from benchwright.instruments.drivers.generic_scpi.declaration import Command, check_line, read_commands
from benchwright.instruments.instrument import is_number
from benchwright.instruments.scpi_instrument import ScpiInstrument


class GenericScpi(ScpiInstrument):
    """Does what its configuration declares, over SCPI."""

    MODEL = "SCPI instrument"
    OPTIONS: ClassVar[Mapping[str, ParameterDescriptor]] = {
        p.name: p
        for p in (
            ParameterDescriptor(name="commands", type="list", help="the commands, a table each"),
            ParameterDescriptor(name="safe_state", type="list", help="lines that bring the safe state"),
            ParameterDescriptor(
                name="safe_state_check", type="map", default={}, help="answer by question, then"
            ),
            ParameterDescriptor(name="stop", type="text", default="", help="line for the emergency stop"),
            ParameterDescriptor(name="identify", type="text", default="*IDN?", help="the identity question"),
            ParameterDescriptor(
                name="checks_errors",
                type="boolean",
                default=True,
                help="whether each command is followed by SYST:ERR?",
            ),
        )
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._commands = read_commands(self.options["commands"])
        if self.options["identify"] != "*IDN?":
            self.port.sync = None  # how another question is answered is not known well enough
        stop = str(self.options["stop"])
        self.STOP_BYTES = stop.encode() + self.WRITE_TERMINATOR if stop else b""

    @classmethod
    def check_options(cls, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options, with the declared commands, the safe state and the stop line checked.

        Raises:
            ConfigurationError: one of them is missing or does not fit.
        """
        if "safe_state" not in options:
            raise ConfigurationError(
                "safe_state is missing: a list of lines to send, empty where each state is safe",
                key="options",
            )
        checked = super().check_options(options)
        read_commands(checked["commands"])
        for line in checked["safe_state"]:
            check_line(str(line), "options.safe_state")
        for question, answer in checked["safe_state_check"].items():
            check_line(question, "options.safe_state_check")
            check_line(str(answer), "options.safe_state_check")
        for name in ("stop", "identify"):
            if checked[name]:
                check_line(checked[name], f"options.{name}")
        return checked

    @classmethod
    def declared_methods(cls, options: Mapping[str, Any]) -> list[MethodDescriptor]:
        """List the methods: `identify` and the declared ones."""
        declared = read_commands(options.get("commands", []))
        return super().declared_methods(options) + [command.descriptor for command in declared.values()]

    @query()
    def identify(self) -> str:
        """Read maker, model, serial number and version, or what else it tells of itself."""
        question = str(self.options["identify"])
        if question == "*IDN?":
            return super().identify()
        return self.port.query(question) if question else self.MODEL

    def invoke(self, method: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """Call a method by name, see `Instrument.invoke`."""
        if method not in self._commands:
            return super().invoke(method, args, kwargs)
        command = self._commands[method]
        values = self.methods[method].bind(f"{self.name}.{method}", args, kwargs)
        return self._carry_out(command, command.text(values))

    def __getattr__(self, name: str) -> Any:
        if name in self.__dict__.get("_commands", {}):
            return lambda *args, **kwargs: self.invoke(name, list(args), kwargs)
        raise AttributeError(name)

    def _carry_out(self, command: Command, text: str) -> Value:
        if command.descriptor.kind is MethodKind.QUERY:
            return self._parse(self.port.query(text, command.timeout_s), command.descriptor.result, text)
        if self.options["checks_errors"]:
            self.act(text)
        else:
            self.port.command(text)
        return None

    def _parse(self, reply: str, result: str, question: str) -> Value:
        match result:
            case "float":
                return self.parse_float(reply, question)
            case "integer":
                return self.parse_integer(reply, question)
            case "boolean":
                return self.parse_boolean(reply, question)
            case "list":
                return [self.parse_float(item.strip(), question) for item in reply.split(",")]
        return reply.strip('"')

    def safe_state(self) -> None:
        """Send the declared lines and hold the answers against the declared ones.

        Raises:
            InstrumentError: an answer is another one, or there is none.
        """
        for line in self.options["safe_state"]:
            self.port.command(line)
        for question, expected in self.options["safe_state_check"].items():
            answer = self.port.query(question)
            if is_number(str(expected)) and not is_number(answer):
                raise self.senseless(answer, question, f"{expected!r}")
            if answer != str(expected):
                raise InstrumentError(self.name, f"answered {answer[:80]!r} to {question}, not {expected!r}")


DRIVER = GenericScpi
