"""Runs Lua scripts with an instrument and host functions that keep what they were told."""

from dataclasses import dataclass, field

from benchwright.core.descriptors import (
    InstrumentDescriptor,
    MethodDescriptor,
    MethodKind,
    ParameterDescriptor,
)
from benchwright.core.errors import BenchwrightError
from benchwright.core.limits import ScriptResourceLimits
from benchwright.core.permissions import Permission
from benchwright.core.values import Value
from benchwright.engines.engine import CheckContext, EngineSettings, HostFunction
from benchwright.engines.lua.engine import LuaEngine

MOTOR = InstrumentDescriptor(
    name="motor",
    driver="test",
    methods=(
        MethodDescriptor(
            name="move_absolute",
            kind=MethodKind.COMMAND,
            permission=Permission.DEVICE_CONTROL,
            parameters=(
                ParameterDescriptor(name="position", unit="deg", minimum=0.0, maximum=180.0),
                ParameterDescriptor(name="wait", type="boolean", required=False, default=True),
            ),
        ),
        MethodDescriptor(
            name="read", kind=MethodKind.QUERY, permission=Permission.DEVICE_READ, result="float"
        ),
        MethodDescriptor(
            name="echo",
            kind=MethodKind.QUERY,
            permission=Permission.DEVICE_READ,
            parameters=(ParameterDescriptor(name="values", type="list"),),
        ),
    ),
)


@dataclass
class FakeInstrument:
    """Keeps its calls as (method, args, kwargs, line); answers with `reply` or raises `error`."""

    descriptor: InstrumentDescriptor = MOTOR
    reply: Value = 1.5
    error: BaseException | None = None
    calls: list[tuple[str, list[Value], dict[str, Value], int]] = field(default_factory=list)

    def call(
        self, method: str, args: list[Value], kwargs: dict[str, Value], *, line: int, concurrent: bool = False
    ) -> Value:
        self.calls.append((method, args, kwargs, line))
        if self.error is not None:
            raise self.error
        return self.reply


@dataclass
class Run:
    """A script that was run, and all that came of it."""

    source: str
    limits: ScriptResourceLimits = field(default_factory=ScriptResourceLimits)
    params: dict[str, Value] = field(default_factory=dict)
    dependencies: dict[str, str] = field(default_factory=dict)
    functions: dict[str, HostFunction] = field(default_factory=dict)
    name: str = "script"
    motor: FakeInstrument = field(default_factory=FakeInstrument)
    result: Value = None
    error: BenchwrightError | None = None
    printed: list[str] = field(default_factory=list)
    rows: list[dict[str, Value]] = field(default_factory=list)
    logged: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings = EngineSettings(self.name, self.limits, self.params, self.dependencies)
        self.engine = LuaEngine(settings)
        self.engine.register_instrument("motor", self.motor)
        self.engine.register_function("print", lambda stream, text: self.printed.append(str(text)))
        self.engine.register_function("record", self.rows.append)
        self.engine.register_function("log_info", lambda text: self.logged.append(str(text)))
        for name, function in self.functions.items():
            self.engine.register_function(name, function)
        try:
            self.result = self.engine.execute_script(self.source).value
        except BenchwrightError as error:
            self.error = error

    @property
    def place(self) -> tuple[object, object]:
        """Line and column of the error."""
        return getattr(self.error, "line", None), getattr(self.error, "column", None)

    def checked(self) -> Value:
        """Return the result of a script that must not fail."""
        if self.error is not None:
            raise self.error
        return self.result


CONTEXT = CheckContext(instruments={"motor": MOTOR}, parameters=frozenset({"start"}))
