"""Any instrument class of PyMeasure as an instrument of ours.

```toml
[instruments.source]
driver = "pymeasure:keithley.Keithley2400"
link = "visa://GPIB0::24::INSTR"
[instruments.source.options]
safe_state = [["source_enabled", false], "shutdown"]   # properties to set, methods to call
safe_state_check = { source_enabled = false }          # what must be read then; what was set is in any case
telemetry = ["voltage"]                                # properties to poll
```

The class does the talking, over our port: see `adapter`. It is made anew each time that the link was opened.
Protocol: that of the class; PyMeasure's documentation, chapter "API documentation".
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, ClassVar, TypeVar

import msgspec

from benchwright.core.descriptors import (
    InstrumentDescriptor,
    MethodDescriptor,
    MethodKind,
    ParameterDescriptor,
)
from benchwright.core.errors import (
    ArgumentError,
    BenchwrightError,
    CallCancelled,
    ConfigurationError,
    InstrumentError,
    LinkError,
    SenselessReply,
    did_you_mean,
)
from benchwright.core.values import Value, is_same, shown
from benchwright.instruments.descriptor import query
from benchwright.instruments.drivers.pymeasure import values
from benchwright.instruments.drivers.pymeasure.classes import EXAMPLE, find_class, first_line, make
from benchwright.instruments.drivers.pymeasure.description import Description, description_of
from benchwright.instruments.drivers.pymeasure.members import Member
from benchwright.instruments.drivers.pymeasure.steps import Step, read_checks, read_steps
from benchwright.instruments.instrument import Instrument

T = TypeVar("T")

_IDENTITY = re.compile(r"(?=.*[A-Za-z0-9]{2})[ -~]+")


class PyMeasureInstrument(Instrument):
    """Does what a class of PyMeasure does."""

    MODEL = "Instrument class of PyMeasure"
    CLASS: ClassVar[str] = ""
    OPTIONS: ClassVar[Mapping[str, ParameterDescriptor]] = {
        p.name: p
        for p in (
            ParameterDescriptor(name="safe_state", type="list", help="properties to set and methods to call"),
            ParameterDescriptor(
                name="safe_state_check", type="map", default={}, help="what must then be read, by name"
            ),
            ParameterDescriptor(name="hold", type="list", default=[], help="likewise, to halt motion"),
            ParameterDescriptor(name="stop", type="text", default="", help="line for the emergency stop"),
            ParameterDescriptor(name="telemetry", type="list", default=[], help="properties to poll"),
            ParameterDescriptor(name="arguments", type="map", default={}, help="what the class is made with"),
            ParameterDescriptor(
                name="write_termination",
                type="text",
                required=False,
                help="end of what is sent; else as the class has it",
            ),
            ParameterDescriptor(
                name="read_termination", type="text", required=False, help="end of an answer; likewise"
            ),
        )
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        described = self._described(self.options)
        self._members = described.members
        self._made: Any = None
        self._adapter: Any = None
        self._safe_state = read_steps(self.options["safe_state"], self._members, "safe_state")
        self._checks = read_checks(self.options["safe_state_check"], self._members)
        self._hold = read_steps(self.options["hold"], self._members, "hold")
        scheme = self.port.link.address.partition("://")[0]
        self.WRITE_TERMINATOR = self._line_end(described, "write_termination", scheme)
        self.READ_TERMINATOR = self._line_end(described, "read_termination", scheme)
        self.port.write_terminator, self.port.read_terminator = self.WRITE_TERMINATOR, self.READ_TERMINATOR
        stop = str(self.options["stop"])
        self.STOP_BYTES = stop.encode("latin-1") + self.WRITE_TERMINATOR if stop else b""

    def _line_end(self, described: Description, name: str, scheme: str) -> bytes:
        said = self.options[name]
        end = described.line_end(name, scheme) if said is None else str(said)
        return end.encode("latin-1")

    # --- what it is ---

    @classmethod
    def of_model(cls, model: str) -> type[Instrument]:
        """Return the driver for one class.

        Raises:
            ConfigurationError: there is no such class, or PyMeasure is missing.
        """
        find_class(model)
        return _variant(model)

    @classmethod
    def describe(cls, name: str, methods: Any = None) -> InstrumentDescriptor:
        """Describe an instrument of this class without opening one."""
        described = super().describe(name, methods)
        driver = f"{described.driver}:{cls.CLASS}" if cls.CLASS else described.driver
        return msgspec.structs.replace(described, driver=driver)

    @classmethod
    def declared_methods(cls, options: Mapping[str, Any]) -> list[MethodDescriptor]:
        """List the methods: `identify` and those of the class."""
        declared = super().declared_methods(options)
        if not cls.CLASS:
            return declared
        polled = _polled(options.get("telemetry", []), cls._described(options).members)
        return declared + [
            polled.get(name, member.descriptor) for name, member in cls._described(options).members.items()
        ]

    @classmethod
    def _described(cls, options: Mapping[str, Any]) -> Description:
        return description_of(cls.CLASS, options.get("arguments", {}))

    @classmethod
    def check_options(cls, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options, with the safe state checked against what the class can do.

        Raises:
            ConfigurationError: one of them is missing or does not fit.
        """
        if not cls.CLASS:
            raise ConfigurationError(
                f"which class of PyMeasure? It stands behind a colon, such as in {EXAMPLE}"
            )
        if "safe_state" not in options:
            example = cls._described(options).example_of_safe_state()
            raise ConfigurationError(
                "safe_state is missing: what brings the instrument where it can do no harm, "
                f"such as {example}; [] where each state is safe",
                key="options",
            )
        return super().check_options(options)

    # --- calls ---

    @query()
    def identify(self) -> str:
        """Read what the instrument says it is."""

        def ask(made: Any) -> str:
            try:
                identity = str(made.id).strip()
            except NotImplementedError:  # it has no such question
                return self.CLASS
            if not _IDENTITY.fullmatch(identity):
                raise self.senseless(identity, "the question of its identity", "an identity")
            return identity

        return self._conversing("identify", ask)

    def on_connected(self) -> None:
        """Forget the class's instance: it may hold what was before, and is made anew by need."""
        self._made = None

    def invoke(self, method: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """Call a method by name, see `Instrument.invoke`."""
        if method not in self._members:
            return super().invoke(method, args, kwargs)
        bound = self.methods[method].bind(f"{self.name}.{method}", args, kwargs)
        if self.methods[method].kind is MethodKind.COMMAND:
            self.port.latch.check()  # nobody knows which of what it sends acts
        return self._carry_out(Step(self._members[method], bound))

    def __getattr__(self, name: str) -> Any:
        if name in self.__dict__.get("_members", {}):
            return lambda *args, **kwargs: self.invoke(name, list(args), kwargs)
        raise AttributeError(name)

    def _carry_out(self, step: Step) -> Value:
        method = self.methods[step.member.descriptor.name]

        def carry_out(made: Any) -> Value:
            found = step.apply(made)
            try:
                return values.checked(values.plain(found), method.result)
            except values.Senseless as error:
                self.port.distrust_input()
                said = repr(found[:80]) if isinstance(found, str) else str(found)[:80]
                text = f"{method.name} gave {said}, not {error}"
                raise SenselessReply(self.name, text) from None

        return self._conversing(method.name, carry_out)

    def _conversing(self, what: str, act: Callable[[Any], T]) -> T:
        """Let the class talk; whatever goes wrong in it is one sentence."""
        with self.port.conversation():
            if self._made is None:
                self._made = self._make()
            sent = self._adapter.bytes_sent
            try:
                return act(self._made)
            except BenchwrightError:
                raise
            except Exception as error:  # noqa: BLE001 - a stranger's code
                if isinstance(error, (TypeError, ValueError)) and self._adapter.bytes_sent == sent:
                    raise ArgumentError(f"{self.name}.{what}: {error}") from None
                raise SenselessReply(self.name, f"{what}: {first_line(error)}") from None

    def _make(self) -> Any:
        from benchwright.instruments.drivers.pymeasure.adapter import PortAdapter

        self._adapter = PortAdapter(self.port)
        try:
            return make(find_class(self.CLASS), self._adapter, self.options["arguments"])
        except BenchwrightError:
            raise
        except Exception as error:  # noqa: BLE001 - a stranger's code
            raise InstrumentError(self.name, f"{self.CLASS} does not start: {first_line(error)}") from None

    # --- safety ---

    def safe_state(self) -> None:
        """Take the declared steps, all of them, read back what was set, and what else is to be checked.

        Raises:
            InstrumentError: a step failed, or a property is not what it was set to or should be.
        """
        self._take(self._safe_state)
        for step, wanted in self._checks:
            self._expect(step, wanted)

    def hold(self) -> None:
        """Take the steps that are declared for it."""
        self._take(self._hold)

    def _take(self, steps: list[Step]) -> None:
        failed: BenchwrightError | None = None
        for step in steps:
            try:
                self._carry_out(step)
                self._confirm(step)
            except (CallCancelled, LinkError):
                raise
            except BenchwrightError as error:
                failed = failed or error  # the other steps make it safer all the same
        if failed is not None:
            raise failed

    def _confirm(self, step: Step) -> None:
        reading = self._members.get(step.member.descriptor.name.replace("set_", "get_", 1))
        if step.member.is_property and reading is not None:
            self._expect(Step(reading, []), step.values[0])

    def _expect(self, step: Step, wanted: Value) -> None:
        found = self._carry_out(step)
        if not is_same(wanted, found):
            name = step.member.descriptor.name.removeprefix("get_")
            is_senseless = isinstance(found, str) and not isinstance(wanted, str)
            error = SenselessReply if is_senseless else InstrumentError
            raise error(self.name, f"{name} is {shown(found)}, not {shown(wanted)}")


@cache
def _variant(model: str) -> type[PyMeasureInstrument]:
    foreign = find_class(model)
    maker, _, name = model.rpartition(".")
    doc = next(filter(None, ((each.__doc__ or "").strip() for each in (foreign, PyMeasureInstrument))), "")
    return type(
        PyMeasureInstrument.__name__,
        (PyMeasureInstrument,),
        {"CLASS": model, "MAKER": maker.split(".")[0], "MODEL": name, "__doc__": doc, "__module__": __name__},
    )


def _polled(names: Any, members: Mapping[str, Member]) -> dict[str, MethodDescriptor]:
    """Return the queries that feed telemetry, by our names."""
    polled = {}
    for name in names:
        member = members.get(f"get_{name}")
        if member is None or member.descriptor.result not in ("float", "integer", "any"):
            known = [
                each.removeprefix("get_") for each, m in members.items() if m.descriptor.result == "float"
            ]
            raise ConfigurationError(
                f"telemetry {name!r} is no property that gives a number{did_you_mean(str(name), known)}",
                key="options.telemetry",
            )
        result = "integer" if member.descriptor.result == "integer" else "float"
        polled[f"get_{name}"] = msgspec.structs.replace(member.descriptor, telemetry=name, result=result)
    return polled


DRIVER = PyMeasureInstrument
