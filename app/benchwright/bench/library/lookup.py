"""Finds the script that a person means by a name."""

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from benchwright.bench.library.script_entry import ScriptEntry
from benchwright.core.errors import ScriptNotFound, did_you_mean


def key_meant(name: str, entries: Sequence[ScriptEntry], library: Path) -> str:
    """Return the key of the script whose key, with or without suffix, or whose name this is.

    Args:
        name: what the person wrote.
        entries: what is in the library.
        library: its folder, for the message.

    Raises:
        ScriptNotFound: there is none, or there are several.
    """
    for names_of in (_keys_of, _stems_of, _names_of):
        found = [entry.key for entry in entries if name in names_of(entry)]
        if len(found) == 1:
            return found[0]
        if found:
            raise ScriptNotFound(f"{len(found)} scripts are called {name!r}: {', '.join(found[:5])}")
    hint = did_you_mean(name, [each for entry in entries for each in _keys_of(entry)])
    raise ScriptNotFound(f"there is no script {name!r} in the library {library}{hint}")


def _keys_of(entry: ScriptEntry) -> Iterable[str]:
    return (entry.key,)


def _stems_of(entry: ScriptEntry) -> Iterable[str]:
    return (str(PurePosixPath(entry.key).with_suffix("")), entry.stem)


def _names_of(entry: ScriptEntry) -> Iterable[str]:
    return (entry.name,)
