"""Process variables of other machines as an instrument of ours.

```toml
[instruments.cryostat]
driver = "epics"
link = "epics://"
limits = { setpoint = [4.0, 100.0] }
[instruments.cryostat.options]
safe_state = [["heater", false]]          # what an emergency stop sets; [] where each state is safe
stop = [["heater", false]]                # set at once, beside whatever goes on; may be left out
[[instruments.cryostat.options.pvs]]
name = "temperature"
pv = "CRYO:TEMP"
kind = "read"
unit = "K"
[[instruments.cryostat.options.pvs]]
name = "heater"
pv = "CRYO:HEATER"
kind = "write"
type = "boolean"
```

Protocol: pvAccess or Channel Access, see `links.epics`. Source of severities: EPICS Normative Types, alarm_t.
"""

import json
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from benchwright.core.descriptors import MethodDescriptor, MethodKind, ParameterDescriptor
from benchwright.core.errors import BenchwrightError, CallCancelled, ConfigurationError, InstrumentError
from benchwright.core.extras import need_extra
from benchwright.core.values import Value, is_finite, is_same, shown
from benchwright.instruments.descriptor import query
from benchwright.instruments.drivers.epics.declaration import (
    DeclaredVariable,
    Setting,
    methods_of,
    read_settings,
    read_variables,
)
from benchwright.instruments.instrument import Instrument
from benchwright.instruments.links.epics import PROVIDERS, EpicsLink

_INVALID: Final = 3  # the server itself does not believe the value


class EpicsVariables(Instrument):
    """Reads and sets process variables of EPICS."""

    MODEL = "EPICS process variables"
    OPTIONS: ClassVar[Mapping[str, ParameterDescriptor]] = {
        p.name: p
        for p in (
            ParameterDescriptor(name="pvs", type="list", help="the process variables, a table each"),
            ParameterDescriptor(name="safe_state", type="list", help="names and values that make it safe"),
            ParameterDescriptor(name="stop", type="list", default=[], help="likewise, set at once"),
        )
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._variables = read_variables(self.options["pvs"])
        self._safe_state = read_settings(self.options["safe_state"], self._variables, "safe_state")
        stop = read_settings(self.options["stop"], self._variables, "stop")
        self.STOP_BYTES = b"".join(_put(each).encode() + self.WRITE_TERMINATOR for each in stop)
        self._by_method = {
            method.name: declared for declared in self._variables.values() for method in methods_of(declared)
        }
        if isinstance(self.port.link, EpicsLink):
            declared = self._variables.values()
            used = [(each.provider, pv) for each in declared for pv in (each.pv, each.read_from)]
            for provider in dict.fromkeys(provider for provider, _ in used):
                need_extra("epics", f"EPICS ({PROVIDERS[provider]})", PROVIDERS[provider])
            self.port.link.variables = tuple(dict.fromkeys(used))

    @classmethod
    def check_options(cls, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options, with the declared process variables and the safe state checked.

        Raises:
            ConfigurationError: one of them is missing or does not fit.
        """
        if "safe_state" not in options:
            raise ConfigurationError(
                "safe_state is missing: names and values that make it safe, "
                'such as safe_state = [["heater", false]]; [] where each state is safe',
                key="options",
            )
        checked = super().check_options(options)
        variables = read_variables(checked["pvs"])
        for key in ("safe_state", "stop"):
            read_settings(checked[key], variables, key)
        return checked

    @classmethod
    def declared_methods(cls, options: Mapping[str, Any]) -> list[MethodDescriptor]:
        """List the methods: `identify` and those of the declared process variables."""
        declared = read_variables(options["pvs"]) if "pvs" in options else {}
        return super().declared_methods(options) + [m for each in declared.values() for m in methods_of(each)]

    # --- calls ---

    @query()
    def identify(self) -> str:
        """Make sure that the first process variable answers, and list their names."""
        first = next(iter(self._variables.values()))
        self._ask(f"get {first.provider} {first.read_from}")
        return ", ".join(each.pv for each in self._variables.values())

    def invoke(self, method: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """Call a method by name, see `Instrument.invoke`."""
        if method not in self._by_method:
            return super().invoke(method, args, kwargs)
        declared = self._by_method[method]
        values = self.methods[method].bind(f"{self.name}.{method}", args, kwargs)
        if self.methods[method].kind is MethodKind.QUERY:
            return self._read(declared, declared.read_from)
        self._set(Setting(declared, values[0]))
        return None

    def __getattr__(self, name: str) -> Any:
        if name in self.__dict__.get("_by_method", {}):
            return lambda *args, **kwargs: self.invoke(name, list(args), kwargs)
        raise AttributeError(name)

    def _set(self, setting: Setting) -> None:
        declared = setting.variable
        self._parse(self.port.command_with_reply(_put(setting), declared.timeout_s), declared.pv)

    def _read(self, declared: DeclaredVariable, pv: str) -> Value:
        reply = self._ask(f"get {declared.provider} {pv}", declared.timeout_s)
        if reply.get("severity") == _INVALID:
            why = f": {reply['alarm']}" if reply.get("alarm") else ""
            raise InstrumentError(self.name, f"{pv} is not valid (severity INVALID{why})")
        value = _converted(reply, declared.type)
        if value is None:
            raise self.senseless(str(reply.get("value")), pv, _WORDS[declared.type])
        return value

    def _ask(self, line: str, timeout_s: float | None = None) -> dict[str, Any]:
        return self._parse(self.port.query(line, timeout_s), line.rpartition(" ")[2])

    def _parse(self, reply: str, pv: str) -> dict[str, Any]:
        try:
            content = json.loads(reply)
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise self.senseless(reply, pv, "a value")
        if "error" in content:
            raise InstrumentError(self.name, f"{pv}: {content['error']}")
        return content

    # --- safety ---

    def safe_state(self) -> None:
        """Set what is declared, all of it, and read it back.

        Raises:
            InstrumentError: something could not be set, or is not what it was set to.
        """
        failed: BenchwrightError | None = None
        for setting in self._safe_state:
            try:
                self._set(setting)
                found = self._read(setting.variable, setting.variable.pv)
                if not is_same(setting.value, found):
                    text = f"{setting.variable.pv} is {shown(found)}, not {shown(setting.value)}"
                    raise InstrumentError(self.name, text)
            except CallCancelled:
                raise
            except BenchwrightError as error:
                failed = failed or error  # the others make it safer all the same
        if failed is not None:
            raise failed

    def snapshot(self) -> dict[str, Value]:
        """Return the values of what can be written."""
        written = [each for each in self._variables.values() if each.kind == "write"]
        return {each.name: self._read(each, each.pv) for each in written}

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Write them again."""
        for name, value in snapshot.items():
            self._set(Setting(self._variables[name], value))


def _put(setting: Setting) -> str:
    declared = setting.variable
    verb = "wait" if declared.wait else "put"
    return f"{verb} {declared.provider} {declared.pv} {json.dumps(setting.value)}"


_WORDS: Final = {
    "float": "a number",
    "integer": "a whole number",
    "boolean": "0 or 1",
    "text": "a text",
    "list": "a list",
}


def _converted(reply: Mapping[str, Any], type_: str) -> Value:
    """Return the value of a reply as its declared type, None where it is none."""
    value = reply.get("value")
    is_number = isinstance(value, (int, float)) and is_finite(value)
    match type_:
        case "float":
            return float(value) if isinstance(value, (int, float)) and is_number else None
        case "integer":
            return (
                int(value) if isinstance(value, (int, float)) and is_number and value == int(value) else None
            )
        case "boolean":
            return bool(value) if value in (0, 1) else None
        case "list":
            return value if isinstance(value, list) else None
    if isinstance(value, list) and all(
        isinstance(each, int) for each in value
    ):  # a text as an array of bytes
        return bytes(each & 0xFF for each in value).partition(b"\0")[0].decode("utf-8", errors="replace")
    return str(reply.get("choice", value)) if isinstance(value, (str, int)) else None


DRIVER = EpicsVariables
