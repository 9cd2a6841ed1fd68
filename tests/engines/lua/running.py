"""Runs Lua scripts with an instrument and host functions that keep what they were told."""

from dataclasses import dataclass, field

from benchwright.core.errors import BenchwrightError
from benchwright.core.limits import ScriptResourceLimits
from benchwright.core.values import Value
from benchwright.engines.engine import CheckContext, EngineSettings, HostFunction
from benchwright.engines.lua.engine import LuaEngine
from tests.engines.motor import MOTOR, FakeInstrument


@dataclass
class Run:
    """A script that was run, and all that came of it."""

    source: str
    limits: ScriptResourceLimits = field(default_factory=ScriptResourceLimits)
    params: dict[str, Value] = field(default_factory=dict)
    dependencies: dict[str, str] = field(default_factory=dict)
    requires: dict[str, tuple[str, ...]] = field(default_factory=dict)
    functions: dict[str, HostFunction] = field(default_factory=dict)
    name: str = "script"
    motor: FakeInstrument = field(default_factory=FakeInstrument)
    result: Value = None
    error: BenchwrightError | None = None
    printed: list[str] = field(default_factory=list)
    rows: list[dict[str, Value]] = field(default_factory=list)
    logged: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings = EngineSettings(self.name, self.limits, self.params, self.dependencies, self.requires)
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
