"""Walks a folder of scripts, such as the library."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from benchwright.bench.storage.files import reason_of
from benchwright.engines.registry import engine_suffixes

METADATA_SUFFIX: Final = ".toml"
_DEEPEST: Final = 8


class ScriptAt(NamedTuple):
    """A script's file in a folder, by its path there with ``/``, and its metadata's where there is one."""

    key: str
    script: "os.DirEntry[str]"
    metadata: "os.DirEntry[str] | None"


class Obstacle(NamedTuple):
    """Something in a folder that hides scripts, or belongs to none."""

    key: str
    problem: str


def walk(folder: Path, obstacles: list[Obstacle] | None = None) -> Iterator[ScriptAt]:
    """Give the scripts below a folder, which need not be there; what is in the way goes to `obstacles`."""
    obstacles = [] if obstacles is None else obstacles
    suffixes = set(engine_suffixes())
    waiting = [(folder, "", 1)]
    seen = [os.path.realpath(folder)]
    while waiting:
        path, prefix, depth = waiting.pop()
        try:
            with os.scandir(path) as scan:
                files = {entry.name: entry for entry in scan if not entry.name.startswith(".")}
        except FileNotFoundError:
            continue
        except OSError as error:
            obstacles.append(Obstacle(prefix.rstrip("/") or ".", f"cannot be read: {reason_of(error)}"))
            continue
        used = set()
        for name, entry in files.items():
            stem, suffix = _split(name)
            if suffix in suffixes:
                yield ScriptAt(f"{prefix}{name}", entry, files.get(stem + METADATA_SUFFIX))
                used.add(stem)
            elif suffix != METADATA_SUFFIX and depth < _DEEPEST and _is_new_folder(entry, seen):
                waiting.append((Path(entry.path), f"{prefix}{name}/", depth + 1))
        for name in files:
            stem, suffix = _split(name)
            if suffix == METADATA_SUFFIX and stem not in used:
                obstacles.append(Obstacle(f"{prefix}{name}", "there is no script beside this metadata"))


def _is_new_folder(entry: "os.DirEntry[str]", seen: list[str]) -> bool:
    """Whether to look into an entry; links to what is looked at anyway lead round in circles."""
    if not entry.is_symlink():
        return entry.is_dir()
    real = f"{os.path.realpath(entry.path)}{os.sep}"
    if not entry.is_dir() or any(
        real.startswith(f"{each}{os.sep}") or f"{each}{os.sep}".startswith(real) for each in seen
    ):
        return False
    seen.append(real.removesuffix(os.sep))
    return True


def _split(name: str) -> tuple[str, str]:
    """Return stem and suffix; `PurePath` takes ten times as long."""
    stem, dot, suffix = name.rpartition(".")
    return (stem, dot + suffix) if stem else (name, "")
