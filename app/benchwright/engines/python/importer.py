"""Lets a script import the library scripts that its metadata declares."""

import linecache
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


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


@contextmanager
def importable(sources: Mapping[str, str], names: Mapping[str, Any]) -> Iterator[None]:
    """Within the context the modules of `sources` can be imported."""
    importer = DependencyImporter(sources, names)
    sys.meta_path.insert(0, importer)
    try:
        yield
    finally:
        sys.meta_path.remove(importer)
        for name in sources:
            linecache.cache.pop(f"{name}.py", None)
            if getattr(sys.modules.get(name), "__loader__", None) is importer:
                del sys.modules[name]
