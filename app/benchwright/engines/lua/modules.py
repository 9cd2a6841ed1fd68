"""The library scripts that one script, or one of them, may require."""

from pathlib import PurePath
from typing import Final, NamedTuple

from benchwright.core.errors import UnknownNameError
from benchwright.engines.engine import EngineSettings
from benchwright.engines.lua.source import chunk_name, prepared, to_bytes

_SUFFIX: Final = ".lua"


class Module(NamedTuple):
    """A library script as Lua loads it: its text, and what messages call it."""

    source: bytes
    file: bytes


class Modules:
    """The library scripts of a run, of which each may require what it declares."""

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings

    def find(self, importer: str, name: str) -> Module:
        """Return a library script for another one, or for the script itself, which is called ``""``.

        Raises:
            UnknownNameError: that one does not declare it.
        """
        settings = self._settings
        known = settings.required_by(importer)
        if name not in known or name not in settings.dependencies:
            metadata = f"{importer or PurePath(settings.script_name).stem}.toml"
            raise UnknownNameError("dependency", name, known, f" declared in {metadata}")
        return Module(to_bytes(prepared(settings.dependencies[name])), module_file(name).encode())


def module_file(name: str) -> str:
    """Return what messages call a library script."""
    return chunk_name(f"{name}{_SUFFIX}")
