"""Reads a script from a file, with what belongs to it: its metadata and the library scripts it requires."""

import hashlib
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import msgspec

from benchwright.bench.scripts.dependencies import Needs, resolve
from benchwright.bench.scripts.script_folder import METADATA_SUFFIX, walk
from benchwright.core.dependencies import LIBRARY_NAME
from benchwright.core.errors import MetadataError, ScriptNotFound, did_you_mean
from benchwright.core.metadata import ScriptMetadata, parse_metadata
from benchwright.core.permissions import ALL_PERMISSIONS, Permission

MAX_SCRIPT_BYTES = 4 * 1024 * 1024
MAX_METADATA_BYTES = 1024 * 1024
MAX_TOGETHER: Final = 16 * 1024 * 1024  # characters of all library scripts in one run
_BYTE_ORDER_MARK: Final = "\ufeff"


@dataclass(frozen=True, kw_only=True)
class ScriptFile:
    """A script as it stands on disk; ``metadata_text`` is None where no TOML file lies beside it.

    ``dependencies`` are the texts of all library scripts that take part in a run of it, by name, and
    ``places`` their files; ``requires`` names those that each may require, the script itself as ``""``.
    """

    path: Path
    language: str
    source: str
    metadata: ScriptMetadata = field(default_factory=ScriptMetadata)
    metadata_text: str | None = None
    dependencies: Mapping[str, str] = field(default_factory=dict)
    requires: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    places: Mapping[str, Path] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What messages call the script."""
        return self.path.name

    @property
    def content_hash(self) -> str:
        """The SHA-256 of all that decides what runs: script, metadata and the library scripts it requires.

        Comments and dates of the metadata are no part of it.
        """
        digest = hashlib.sha256(self.source.encode())
        if self.metadata_text is not None:
            declared = msgspec.structs.replace(self.metadata, created_at=None, modified_at=None)
            digest.update(b"\0\0" + msgspec.json.encode(declared, order="deterministic"))
        for name in sorted(self.dependencies):
            digest.update(f"\0{name}\0{self.dependencies[name]}".encode())
        return digest.hexdigest()

    @property
    def wanted_permissions(self) -> frozenset[Permission]:
        """What its metadata declares; all there are where it has none."""
        return ALL_PERMISSIONS if self.metadata_text is None else self.metadata.permissions


def read_script(path: Path, library: Path | None = None) -> ScriptFile:
    """Read a script, the TOML metadata beside it, and the library scripts that it needs.

    Args:
        path: the script's file.
        library: the folder in which library scripts are looked for that do not lie beside it.

    Raises:
        ScriptNotFound: the file is missing or is no script: a folder, binary, too large, not UTF-8.
        MetadataError: the metadata is not valid, or a script that it needs cannot be used.
    """
    script = read_alone(path)
    if not script.metadata.dependencies:
        return script
    shelf = _Files(library)
    found = resolve(shelf.add(script), shelf)
    scripts = {name: shelf.read(place) for name, place in found.places.items()}
    texts = {name: each.source for name, each in scripts.items()}
    if sum(map(len, texts.values())) > MAX_TOGETHER:
        raise MetadataError(f"the scripts that {script.name} needs are larger than 16 MB together")
    places = {name: each.path for name, each in scripts.items()}
    return replace(script, dependencies=texts, requires=found.requires, places=places)


def read_alone(path: Path) -> ScriptFile:
    """Read a script without those that it needs; raises as `read_script` does."""
    language = _language_of(path)
    source = read_text(path, MAX_SCRIPT_BYTES)
    metadata_path = path.with_suffix(METADATA_SUFFIX)
    if not os.path.exists(metadata_path):  # noqa: PTH110 - Path's own fails where the name is too long
        return ScriptFile(path=path, language=language, source=source)
    metadata_text = read_text(metadata_path, MAX_METADATA_BYTES)
    return ScriptFile(
        path=path,
        language=language,
        source=source,
        metadata=parse_metadata(metadata_text, str(metadata_path)),
        metadata_text=metadata_text,
    )


def neighbour_test(path: Path) -> Callable[[str], bool]:
    """Return what tells whether a script of a name and of the language of this one lies beside it."""

    def has_beside(name: str) -> bool:
        return bool(LIBRARY_NAME.fullmatch(name)) and os.path.isfile(path.with_name(name + path.suffix))  # noqa: PTH113

    return has_beside


class _Files:
    """Scripts as files, as a `Shelf` whose places are paths; each is read once."""

    def __init__(self, library: Path | None) -> None:
        self._library = library
        self._read: dict[str, ScriptFile] = {}
        self._keys: list[str] | None = None

    def add(self, script: ScriptFile) -> str:
        """Take in a script that was read; return its place."""
        place = _place(script.path)
        self._read[place] = script
        return place

    def read(self, place: str) -> ScriptFile:
        """Return the script at a place; raises as `read_script` does."""
        if place not in self._read:
            self._read[place] = read_alone(Path(place))
        return self._read[place]

    def beside(self, place: str, file: str) -> str | None:
        path = Path(place).with_name(file)
        return str(path) if os.path.lexists(path) else None

    def in_library(self, file: str) -> Mapping[str, str]:
        if self._library is None:
            return {}
        if self._keys is None:
            self._keys = [found.key for found in walk(self._library)]
        found = [key for key in self._keys if f"/{key}".endswith(f"/{file}")]
        return {key: _place(self._library / key) for key in found}

    def needs(self, place: str) -> Needs:
        script = self.read(place)
        metadata = script.metadata
        file = str(script.path.with_suffix(METADATA_SUFFIX))
        return Needs(metadata.version, metadata.dependencies, file, script.metadata_text or "")


def _place(path: Path) -> str:
    """Return what tells a script from another, whatever links lead to its folder."""
    return str(Path(os.path.realpath(path.parent)) / path.name)


def _language_of(path: Path) -> str:
    from benchwright.engines.registry import engine_for_suffix, engine_suffixes

    _check_is_file(path)
    suffix = path.suffix.lower()
    known = engine_suffixes()
    if suffix not in known:
        hint = did_you_mean(suffix, known)
        raise ScriptNotFound(f"{path} is no script: its name must end in {' or '.join(sorted(known))}{hint}")
    return engine_for_suffix(suffix)


def _check_is_file(path: Path) -> None:
    try:
        if path.is_dir():
            raise ScriptNotFound(f"{path} is a folder, not a script")
        if not path.exists():
            raise ScriptNotFound(f"there is no file {path}")
        if not path.is_file():
            raise ScriptNotFound(f"{path} is not a regular file")
    except (OSError, ValueError) as error:  # a name too long or with a NUL in it
        raise ScriptNotFound(f"cannot read {str(path)!r}: {error}") from None


def read_text(path: Path, limit_bytes: int) -> str:
    """Return the text of a file without its byte order mark; raises as `read_exactly` does."""
    return read_exactly(path, limit_bytes).removeprefix(_BYTE_ORDER_MARK)


def read_exactly(path: Path, limit_bytes: int) -> str:
    """Return the text of a file.

    Raises:
        ScriptNotFound: it cannot be read, is larger than `limit_bytes`, or is no UTF-8 text.
    """
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ScriptNotFound(f"{path} is not a regular file")
            data = file.read(limit_bytes + 1)
    except OSError as error:
        raise ScriptNotFound(f"cannot read {path}: {error.strerror}") from None
    if len(data) > limit_bytes:
        raise ScriptNotFound(f"{path} is larger than {limit_bytes // 2**20} MB, the most a script can be")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ScriptNotFound(f"{path} is UTF-16 text; save it as UTF-8")
    if (at := data.find(b"\0")) >= 0:
        raise ScriptNotFound(f"{path} is not a text file: byte {at} is zero ({_line(data, at)})")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        at = error.start
        raise ScriptNotFound(
            f"{path} is not UTF-8 text: byte {at} ({_line(data, at)}) is 0x{data[at]:02x}; save it as UTF-8"
        ) from None


def _open_at_once(path: str, flags: int) -> int:
    """Open a file without waiting, as a pipe would, for somebody who writes to it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _line(data: bytes, at: int) -> str:
    number = data.count(b"\n", 0, at) + 1
    return f"line {number}"
