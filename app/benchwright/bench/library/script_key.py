"""The name of a script within the library: its path, such as ``optics/scan.lua``."""

from pathlib import PurePosixPath
from typing import Final

from benchwright.core.errors import StorageError, did_you_mean
from benchwright.engines.registry import engine_suffixes

_FORBIDDEN: Final = frozenset('<>:"\\|?*')  # what one of the three systems does not take in a name
_RESERVED: Final = frozenset(
    {"con", "prn", "aux", "nul", *(f"{kind}{number}" for kind in ("com", "lpt") for number in range(1, 10))}
)
_LONGEST_PART: Final = 100  # characters
_DEEPEST: Final = 8  # folders and the file


def checked_key(key: str) -> str:
    """Return the name of a script in the library as it is.

    Raises:
        StorageError: no script can have it on every system, or it leads out of the library; says why.
    """
    parts = key.split("/")
    if len(parts) > _DEEPEST:
        raise StorageError(f"{key!r} is nested too deeply: at most {_DEEPEST - 1} folders")
    for part in parts:
        if problem := _problem_of(part):
            raise StorageError(f"{key!r} cannot be the name of a script: {problem}")
    suffix, known = PurePosixPath(key).suffix, engine_suffixes()
    if suffix not in known:
        hint = did_you_mean(suffix, known)
        raise StorageError(f"the name of a script must end in {' or '.join(known)}, found {key!r}{hint}")
    return key


def beside(key: str, stem: str) -> str:
    """Return the name of another script of the same folder and language."""
    path = PurePosixPath(key)
    return str(path.with_name(f"{stem}{path.suffix}"))


def _problem_of(part: str) -> str:
    if not part or part.startswith(".") or part != part.strip() or part.endswith("."):
        return "a part of it is empty, starts or ends with a dot, or with a space"
    if len(part) > _LONGEST_PART or len(part.encode("utf-8", "surrogatepass")) > 2 * _LONGEST_PART:
        return f"{part[:20]!r}... is longer than {_LONGEST_PART} characters"
    if bad := next((c for c in part if c in _FORBIDDEN or not c.isprintable()), ""):
        return f"it holds {bad!r}"
    if part.split(".")[0].lower() in _RESERVED:
        return f"{part!r} is a device's name on Windows"
    return ""
