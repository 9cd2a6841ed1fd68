"""The Lua engine: one script in one Lua 5.4 runtime from which nothing of Python can be reached."""

from collections.abc import Mapping
from dataclasses import replace

import lupa.lua54 as lua

from benchwright.core.diagnostics import Diagnostic
from benchwright.core.errors import CompilationError
from benchwright.core.results import ScriptResult, script_result
from benchwright.engines.engine import CheckContext, EngineSettings, HostFunction, InstrumentHandle
from benchwright.engines.lua.bridge import HostBridge
from benchwright.engines.lua.failures import FailureReader
from benchwright.engines.lua.ledger import Ledger, OnLimit
from benchwright.engines.lua.modules import Modules, module_file
from benchwright.engines.lua.rows import RowMaker
from benchwright.engines.lua.runtime import new_runtime
from benchwright.engines.lua.sandbox import Outcome, Sandbox
from benchwright.engines.lua.source import chunk_name, prepared, to_bytes
from benchwright.engines.lua.static_checks import check, declaration_lines
from benchwright.engines.lua.syntax import syntax_error


def validate(
    source: str, context: CheckContext | None = None, modules: Mapping[str, str] | None = None
) -> list[Diagnostic]:
    """Return what is wrong with a text, syntax first; without a context nothing else is checked.

    `modules` are the texts that it may require.
    """
    text = prepared(source)
    error = syntax_error(text)
    if error is not None:
        return [error]
    return check(text, context, modules or {}) if context is not None else []


class LuaEngine:
    """Runs one Lua script; see `ScriptEngine`.

    A limit that is met calls `on_limit` at once, before anything of the script is unwound; it does not
    return. Without it the run ends by that error, which no script can catch. What the limits cover:

    - ``max_memory_mb``: Lua's heap, beside what the environment takes.
    - ``max_instructions``: those of Lua in steps of 100, in coroutines too; not the time within one call of
      a function such as `string.find`.
    - ``max_string_length``, ``max_array_size``: what crosses to the host, the results of functions that make
      such values, and what the script keeps; see `sizes.lua` for when it is looked at.
    - ``max_variables``: declarations in the text, each for itself, and distinct globals that it assigns, and
      the globals that there are.
    """

    def __init__(
        self, settings: EngineSettings, context: CheckContext | None = None, on_limit: OnLimit | None = None
    ) -> None:
        self._settings = settings
        self._context = context
        self._runtime = new_runtime()
        self._ledger = Ledger(settings.limits, on_limit, self._runtime)
        self._functions: dict[str, HostFunction] = {}
        self._instruments: dict[str, InstrumentHandle] = {}
        self._prepared: Sandbox | None = None

    @property
    def current_line(self) -> int:
        """The 1-based line from which the script last called the host, 0 before it did."""
        return self._ledger.line

    @property
    def running_line(self) -> int:
        """The line from which the script last called the host; only a hook could tell what is between."""
        return self._ledger.line

    def validate(self, source: str, name: str) -> list[Diagnostic]:
        """Return what is wrong with `source`, syntax first; nothing of it is run."""
        modules = self._settings.dependencies
        context = self._context and replace(
            self._context, dependencies=self._context.dependencies | set(self._settings.required_by(""))
        )
        return validate(source, context, modules)

    def register_instrument(self, name: str, handle: InstrumentHandle) -> None:
        """Offer an instrument as ``instruments.get(name)``."""
        self._instruments[name] = handle

    def register_function(self, name: str, callback: HostFunction) -> None:
        """Offer a function of that name; see `ScriptEngine.register_function`."""
        self._functions[name] = callback

    def prepare(self, source: str) -> None:
        """Make the sandbox beforehand; instruments and functions are registered before that."""
        self._prepared = self._sandbox(prepared(source))

    def execute_script(self, source: str) -> ScriptResult:
        """Run `source` to its end and return its last value.

        Raises:
            CompilationError: the text is not valid; carries line and column.
            ResourceLimitExceeded: the run went over a limit; carries the line where it is known.
            ScriptError: the script failed; carries line, column and traceback where they are known.
            BenchwrightError: the script did not handle an error of the host, which keeps its class.
        """
        text = prepared(source)
        self._check_text(text)
        outcome = self._run(text) if self._ledger.failure is None else Outcome()
        if self._ledger.failure is not None:
            raise self._ledger.failure
        if outcome.error is not None:
            name = chunk_name(self._settings.script_name)
            modules = [module_file(each) for each in self._settings.dependencies]
            raise FailureReader(name, text, self._ledger, modules).error(outcome.error, outcome.trace)
        return script_result(outcome.value)

    def _check_text(self, text: str) -> None:
        error = syntax_error(text)
        if error is not None:
            raise CompilationError(error.message, error.line, error.column, error.end_column)
        limit = self._settings.limits.max_variables
        lines = declaration_lines(text) if limit is not None else []
        if limit is not None and len(lines) > limit:
            self._ledger.limit(b"max_variables", lines[int(limit)])

    def _run(self, text: str) -> Outcome:
        """Run a text; where Lua itself gives up, the ledger or the outcome says why."""
        sandbox = self._prepared or self._sandbox(text)
        try:
            return sandbox.run(to_bytes(text))
        except lua.LuaMemoryError:
            self._ledger.limit(b"max_memory_mb", 0)
        except lua.LuaError as error:
            return Outcome(error=str(error))
        finally:
            self._ledger.unlimit_memory()
        return Outcome()

    def _sandbox(self, text: str) -> Sandbox:
        settings = self._settings
        bridge = HostBridge(self._ledger, RowMaker(text), Modules(settings))
        sandbox = Sandbox(self._runtime, bridge, chunk_name(settings.script_name), settings.limits)
        sandbox.set_params(settings.params)
        for name, callback in self._functions.items():
            sandbox.add_function(name, callback)
        for name, handle in self._instruments.items():
            sandbox.add_instrument(name, handle)
        return sandbox
