"""Reads a script from a file, with what belongs to it: its metadata and the library scripts it requires."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchwright.core.errors import MetadataError, ScriptNotFound, did_you_mean
from benchwright.core.metadata import ScriptMetadata, parse_metadata
from benchwright.core.permissions import ALL_PERMISSIONS, Permission

MAX_SCRIPT_BYTES = 4 * 1024 * 1024
MAX_METADATA_BYTES = 1024 * 1024
_BYTE_ORDER_MARK: Final = "\ufeff"
LIBRARY_NAME: Final = re.compile(r"[\w-]+")


@dataclass(frozen=True, kw_only=True)
class ScriptFile:
    """A script as it stands on disk; ``metadata_text`` is None where no TOML file lies beside it."""

    path: Path
    language: str
    source: str
    metadata: ScriptMetadata = field(default_factory=ScriptMetadata)
    metadata_text: str | None = None
    dependencies: Mapping[str, str] = field(default_factory=dict)  # source text by name

    @property
    def name(self) -> str:
        """What messages call the script."""
        return self.path.name

    @property
    def content_hash(self) -> str:
        """The SHA-256 of all that runs: the script and the library scripts that it requires."""
        digest = hashlib.sha256(self.source.encode())
        for name in sorted(self.dependencies):
            digest.update(f"\0{name}\0{self.dependencies[name]}".encode())
        return digest.hexdigest()

    @property
    def wanted_permissions(self) -> frozenset[Permission]:
        """What its metadata declares; all there are where it has none."""
        return ALL_PERMISSIONS if self.metadata_text is None else self.metadata.permissions


def read_script(path: Path) -> ScriptFile:
    """Read a script and the TOML metadata beside it.

    Raises:
        ScriptNotFound: the file is missing or is no script: a folder, binary, too large, not UTF-8.
        MetadataError: the metadata is not valid.
    """
    language = _language_of(path)
    source = read_text(path, MAX_SCRIPT_BYTES)
    metadata_path = path.with_suffix(".toml")
    if not metadata_path.exists():
        return ScriptFile(path=path, language=language, source=source)
    metadata_text = read_text(metadata_path, MAX_METADATA_BYTES)
    metadata = parse_metadata(metadata_text, str(metadata_path))
    return ScriptFile(
        path=path,
        language=language,
        source=source,
        metadata=metadata,
        metadata_text=metadata_text,
        dependencies=_read_dependencies(path, metadata, metadata_path),
    )


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
        with path.open("rb") as file:
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


def _line(data: bytes, at: int) -> str:
    number = data.count(b"\n", 0, at) + 1
    return f"line {number}"


def _read_dependencies(path: Path, metadata: ScriptMetadata, metadata_path: Path) -> dict[str, str]:
    """Read the library scripts that the metadata names; they lie beside the script."""
    found = {}
    for name in metadata.dependencies:
        if not LIBRARY_NAME.fullmatch(name):
            raise MetadataError(
                f"{name!r} is not the name of a script", str(metadata_path), key="dependencies"
            )
        beside = path.with_name(f"{name}{path.suffix}")
        if not beside.is_file():
            message = f"there is no {beside.name} beside the script"
            raise MetadataError(message, str(metadata_path), key="dependencies")
        found[name] = read_text(beside, MAX_SCRIPT_BYTES)
    return found
