"""What every script language offers: `ScriptEngine`, and how a script reaches the bench through it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import NoReturn, Protocol

from benchwright.core.descriptors import InstrumentDescriptor
from benchwright.core.diagnostics import Diagnostic
from benchwright.core.errors import ResourceLimitExceeded
from benchwright.core.limits import ScriptResourceLimits
from benchwright.core.permissions import ALL_PERMISSIONS, Permission
from benchwright.core.results import ScriptResult
from benchwright.core.values import Value

HostFunction = Callable[..., Value]


class InstrumentHandle(Protocol):
    """An instrument as an engine sees it: its descriptor, and one way to call it."""

    @property
    def descriptor(self) -> InstrumentDescriptor:
        """What the instrument can do."""
        ...

    def call(
        self, method: str, args: list[Value], kwargs: dict[str, Value], *, line: int, concurrent: bool = False
    ) -> Value:
        """Call `method` and wait for its value; `concurrent` calls may overlap.

        Raises:
            BenchwrightError: the call was refused or failed.
        """
        ...


@dataclass(frozen=True)
class CheckContext:
    """What the static checks of a script know about the bench and the run.

    `has_beside` tells whether a script of a name, in the same language, lies beside this one;
    `broken` says of declared dependencies that cannot run what is wrong with them.
    """

    instruments: Mapping[str, InstrumentDescriptor] = field(default_factory=dict)
    permissions: frozenset[Permission] = ALL_PERMISSIONS
    parameters: frozenset[str] | None = None  # names in `params`; None where they are not known
    dependencies: frozenset[str] = frozenset()
    broken: Mapping[str, str] = field(default_factory=dict)
    knows_instruments: bool = True  # whether `instruments` are all there are
    has_beside: Callable[[str], bool] = lambda name: False


@dataclass(frozen=True)
class EngineSettings:
    """What an engine is told of its run; `script_name` is what messages call the script.

    `dependencies` are the texts of the library scripts that take part, by name; `requires` names those that
    each may require, the script itself as ``""``; one that is not in it may require all.
    `script_path` is where the script lies, empty where it lies nowhere.
    """

    script_name: str = "script"
    limits: ScriptResourceLimits = field(default_factory=ScriptResourceLimits)
    params: Mapping[str, Value] = field(default_factory=dict)
    dependencies: Mapping[str, str] = field(default_factory=dict)
    requires: Mapping[str, Collection[str]] = field(default_factory=dict)
    script_path: str = ""

    def required_by(self, name: str) -> Collection[str]:
        """Return the names of the library scripts that one of them, or the script as ``""``, may require."""
        return self.requires.get(name, self.dependencies.keys())


@dataclass(frozen=True)
class EngineInfo:
    """What there is to know of a language before its engine is imported."""

    language: str
    suffix: str  # of script files, such as ".lua"
    engine: str  # "module:class", an `EngineFactory`


class ScriptEngine(Protocol):
    """One script language. An engine runs one script, once."""

    @property
    def current_line(self) -> int:
        """The 1-based line from which the script last called the host, 0 before it did."""
        ...

    @property
    def running_line(self) -> int:
        """The 1-based line that the script is at, as well as another thread can tell; 0 for none."""
        ...

    def validate(self, source: str, name: str) -> list[Diagnostic]:
        """Return what is wrong with `source`, syntax first; nothing of it is run."""
        ...

    def prepare(self, source: str) -> None:
        """Do beforehand what running `source` needs and no line of it; it is not required."""
        ...

    def execute_script(self, source: str) -> ScriptResult:
        """Run `source` to its end and return its last value.

        Raises:
            CompilationError: the text is not valid; carries line and column.
            ScriptError: the script failed; carries line, and column where it is known, and a traceback that
                shows lines of the script only. An error of the host keeps its class.
        """
        ...

    def register_instrument(self, name: str, handle: InstrumentHandle) -> None:
        """Offer an instrument as ``instruments.get(name)``."""
        ...

    def register_function(self, name: str, callback: HostFunction) -> None:
        """Offer a function of that name; see `host_api.HOST_FUNCTIONS` for what it takes and gives."""
        ...


class EngineFactory(Protocol):
    """How the engine of any language is made."""

    def __call__(
        self,
        settings: EngineSettings,
        context: CheckContext | None = None,
        on_limit: Callable[[ResourceLimitExceeded], NoReturn] | None = None,
    ) -> ScriptEngine:
        """Make an engine; `on_limit` is called at once when the script meets a limit, and does not return."""
        ...
