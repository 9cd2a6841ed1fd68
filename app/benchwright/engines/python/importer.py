"""Lets a script, and each library script in its run, import the library scripts that it declares."""

import builtins
import importlib
import linecache
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import PurePath
from types import ModuleType
from typing import Any

from benchwright.engines.engine import EngineSettings


class DependencyImporter(MetaPathFinder, Loader):
    """Finds and loads modules from texts.

    Args:
        sources: source text by module name.
        names: what each module's namespace starts with: all that a script can call.
    """

    def __init__(self, sources: Mapping[str, str], names: Mapping[str, Any]) -> None:
        self._sources = sources
        self._names = names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self._sources:
            return None
        return ModuleSpec(fullname, self, origin=f"{fullname}.py")

    def exec_module(self, module: ModuleType) -> None:
        file = f"{module.__name__}.py"
        source = self._sources[module.__name__].removeprefix("\ufeff")
        module.__dict__.update(self._names, __file__=file)
        with_source(file, source)
        code = compile(source, file, "exec", dont_inherit=True)
        exec(code, module.__dict__)  # noqa: S102  # that is what an engine is for


def with_source(file: str, source: str) -> None:
    """Let tracebacks show lines of a text that is no file."""
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)


class DeclaredImports:
    """Stands in for `__import__` and `importlib.import_module`: who declares a library script, reaches it.

    Args:
        settings: the library scripts of the run, and who declares which.
    """

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings
        self._import = builtins.__import__
        self._import_module = importlib.import_module

    def __call__(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002  # as Python calls them
        locals: Mapping[str, object] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        importer = _importer(globals or sys._getframe(1).f_globals)
        settings = self._settings
        if level == 0 and importer in {"", *settings.dependencies}:
            if name in settings.dependencies:
                self._check(name, importer)
            try:
                return self._import(name, globals, locals, fromlist, level)
            except ModuleNotFoundError as error:
                if error.name != name or name in settings.dependencies:
                    raise
                raise self._undeclared(name, importer) from None
        return self._import(name, globals, locals, fromlist, level)

    def import_module(self, name: str, package: str | None = None) -> ModuleType:
        """Do as `importlib.import_module`."""
        importer = _importer(sys._getframe(1).f_globals)
        if name in self._settings.dependencies and importer in {"", *self._settings.dependencies}:
            self._check(name, importer)
        return self._import_module(name, package)

    def _check(self, name: str, importer: str) -> None:
        if name not in self._settings.required_by(importer):
            raise self._undeclared(name, importer)
        there = sys.modules.get(name)
        is_ours = there is None or isinstance(there.__loader__, DependencyImporter)
        if name in sys.stdlib_module_names or not is_ours:
            raise ImportError(f"{name}.py has the name of a module of Python: rename the script", name=name)

    def _undeclared(self, name: str, importer: str) -> ModuleNotFoundError:
        metadata = f"{importer or PurePath(self._settings.script_name).stem}.toml"
        where = f'a script of the library is declared in {metadata}: dependencies = ["{name}"]'
        return ModuleNotFoundError(f"No module named {name!r}; {where}", name=name)


def _importer(names: Mapping[str, object]) -> str:
    """Return what the library calls the module with these globals; the script itself is ``""``."""
    name = str(names.get("__name__", ""))
    return "" if name == "__main__" else name


@contextmanager
def importable(settings: EngineSettings, names: Mapping[str, Any]) -> Iterator[None]:
    """Within the context the library scripts of a run can be imported by those that declare them."""
    sources = settings.dependencies
    importer, declared = DependencyImporter(sources, names), DeclaredImports(settings)
    before = builtins.__import__, importlib.import_module
    sys.meta_path.insert(0, importer)
    builtins.__import__, importlib.import_module = declared, declared.import_module
    try:
        yield
    finally:
        builtins.__import__, importlib.import_module = before
        sys.meta_path.remove(importer)
        for name in sources:
            linecache.cache.pop(f"{name}.py", None)
            if getattr(sys.modules.get(name), "__loader__", None) is importer:
                del sys.modules[name]
