"""What a list of the library shows of one script."""

from pathlib import PurePosixPath

import msgspec


class ScriptEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One script of the library, or something in its folder that should be one.

    ``key`` is its path within the library, such as ``optics/scan.lua``; ``problem`` says why it, or its
    metadata, cannot be used, and is empty where all is well; ``modified_s`` is seconds since 1970, UTC.
    """

    key: str
    language: str = ""
    name: str = ""
    version: str = ""
    author: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    modified_s: float = 0.0
    problem: str = ""

    @property
    def folder(self) -> str:
        """The folder within the library, empty for the library itself."""
        parent = str(PurePosixPath(self.key).parent)
        return "" if parent == "." else parent

    @property
    def file_name(self) -> str:
        """The name of the file."""
        return PurePosixPath(self.key).name

    @property
    def stem(self) -> str:
        """The name of the file without its suffix."""
        return PurePosixPath(self.key).stem
