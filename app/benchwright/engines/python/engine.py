"""The Python engine: runs one script in this process, with the host's names in its namespace."""

import builtins
import inspect
import linecache
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures.thread import _threads_queues
from contextlib import ExitStack, contextmanager
from types import CodeType, ModuleType
from typing import Any

from benchwright.core.diagnostics import Diagnostic
from benchwright.core.errors import (
    ArgumentError,
    BenchwrightError,
    ExecutionError,
    ResourceLimitExceeded,
)
from benchwright.core.results import Nothing, ScriptResult, script_result
from benchwright.engines.engine import CheckContext, EngineSettings, HostFunction, InstrumentHandle
from benchwright.engines.python.conversion import plain
from benchwright.engines.python.failures import Failures
from benchwright.engines.python.frames import ScriptFrames
from benchwright.engines.python.host import ENDING_FUNCTIONS, Parameters, make_function
from benchwright.engines.python.importer import importable, with_source
from benchwright.engines.python.instruments import Instruments
from benchwright.engines.python.loops import run_coroutine, script_loops
from benchwright.engines.python.scopes import variable_lines
from benchwright.engines.python.streams import captured_streams
from benchwright.engines.python.syntax import compile_script
from benchwright.engines.python.validation import validate


class PythonEngine:
    """Runs a Python script, once.

    While it runs, the script is `__main__`, the standard streams are its own, and the modules that it
    declares can be imported: a process runs one script at a time.

    Args:
        settings: what the run gives to the script.
        context: what the static checks know; without it, only the text itself is checked.
        on_limit: called with a limit that the script went over; it need not return.
    """

    def __init__(
        self,
        settings: EngineSettings,
        context: CheckContext | None = None,
        on_limit: Callable[[ResourceLimitExceeded], object] | None = None,
    ) -> None:
        self._settings = settings
        self._context = context
        self._on_limit = on_limit
        self._frames = ScriptFrames(settings.script_name)
        self._instruments = Instruments(self._frames)
        self._print: HostFunction | None = None
        self._thread_id = 0  # of the script, once it runs
        self._host: dict[str, Any] = {
            **ENDING_FUNCTIONS,
            "instruments": self._instruments,
            "params": Parameters(settings.params),
        }

    @property
    def current_line(self) -> int:
        """The 1-based line from which the script last called the host, 0 before it did."""
        return self._frames.line

    @property
    def running_line(self) -> int:
        """The line that the script's thread is at; where it only awaits something, that of its last call."""
        frame = sys._current_frames().get(self._thread_id)
        return self._frames.find(frame) or self._frames.line

    def validate(self, source: str, name: str) -> list[Diagnostic]:
        """Return what is wrong with `source`; see `ScriptEngine.validate`."""
        return validate(source, name, self._context)

    def register_instrument(self, name: str, handle: InstrumentHandle) -> None:
        """Offer an instrument as ``instruments.get(name)``."""
        self._instruments._register(name, handle)

    def register_function(self, name: str, callback: HostFunction) -> None:
        """Offer a function of that name; ``print`` takes the lines of the standard streams."""
        if name == "print":
            self._print = callback
        else:
            self._host[name] = make_function(name, callback, self._frames)

    def prepare(self, source: str) -> None:
        """Nothing takes long; see `ScriptEngine.prepare`."""

    def execute_script(self, source: str) -> ScriptResult:
        """Run `source` to its end and return its `result`; see `ScriptEngine.execute_script`."""
        source = source.removeprefix("\ufeff")
        module = ModuleType("__main__")
        module.__dict__.update(self._host, __file__=self._settings.script_path or self._frames.file)
        failure, result = self._within_surroundings(source, module)
        if failure is None:
            return result
        if isinstance(failure, ResourceLimitExceeded) and self._on_limit is not None:
            self._on_limit(failure)
        raise failure

    def _within_surroundings(
        self, source: str, module: ModuleType
    ) -> tuple[BenchwrightError | None, ScriptResult]:
        failure: BenchwrightError | None = None
        result: ScriptResult = Nothing()
        try:
            with self._surroundings(source, module):
                code = compile_script(source, self._frames.file)
                failure = self._too_many_variables(code) or self._run(code, source, module.__dict__)
                result = self._result(module.__dict__) if failure is None else result
        except BenchwrightError as error:
            failure = failure or error
        except BaseException as error:  # noqa: BLE001  # of Python's own modules, which the script shares with us
            broken = f"the script broke what Python needs to end it: {type(error).__name__}"
            failure = failure or ExecutionError(broken)
        return failure, result

    @contextmanager
    def _surroundings(self, source: str, module: ModuleType) -> Iterator[None]:
        with ExitStack() as stack:
            stack.enter_context(captured_streams(self._print_line if self._print else None))
            stack.enter_context(importable(self._settings, self._host))
            stack.enter_context(script_loops())
            stack.enter_context(_as_main(module, self._frames.file, source))
            stack.callback(self._instruments._close)
            yield

    def _run(self, code: CodeType, source: str, namespace: dict[str, Any]) -> BenchwrightError | None:
        threads = set(threading.enumerate())
        self._thread_id = threading.get_ident()
        try:
            if code.co_flags & inspect.CO_COROUTINE:
                run_coroutine(eval(code, namespace))  # noqa: S307  # that is what an engine is for
            else:
                exec(code, namespace)  # noqa: S102
            _wait_for_threads(threads)
        except BaseException as error:  # noqa: BLE001  # whatever the script lets out
            files = {self._frames.file, *(f"{name}.py" for name in self._settings.dependencies)}
            failures = Failures(self._frames, source, self._settings.limits, files)
            return failures.describe(error, {*namespace, *dir(builtins)})
        return None

    def _too_many_variables(self, code: CodeType) -> ResourceLimitExceeded | None:
        limit = self._settings.limits.max_variables
        lines = variable_lines(code) if limit is not None else []
        if limit is None or len(lines) <= limit:
            return None
        return ResourceLimitExceeded("max_variables", limit, lines[limit])

    def _result(self, namespace: dict[str, Any]) -> ScriptResult:
        try:
            return script_result(plain(namespace.get("result"), "result"))
        except ArgumentError as error:  # the name is a common one: a script is not failed for it
            why = str(error)
        except BaseException:  # noqa: BLE001  # the script's own class may raise anything at any touch
            why = "result cannot be read"
        print(f"{why}; it is not kept", file=sys.stderr)  # noqa: T201
        return Nothing()

    def _print_line(self, stream: str, text: str) -> None:
        self._frames.note(sys._getframe(1))
        if self._print is not None:
            self._print(stream, text)


@contextmanager
def _as_main(module: ModuleType, file: str, source: str) -> Iterator[None]:
    """Make a module the main one: classes that it defines are found there, as by pickle."""
    before = sys.modules["__main__"], sys.argv
    sys.modules["__main__"], sys.argv = module, [file]
    with_source(file, source)
    try:
        yield
    finally:
        sys.modules["__main__"], sys.argv = before
        linecache.cache.pop(file, None)


def _wait_for_threads(before: set[threading.Thread]) -> None:
    """Wait for the script's threads, as Python does at its end; those of idle executors never end."""
    for thread in threading.enumerate():
        if thread not in before and not thread.daemon and thread not in _threads_queues:
            thread.join()
