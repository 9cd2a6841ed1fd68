"""One script as one TOML text: what is exported and imported, and what a kept version looks like."""

import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from benchwright import __version__
from benchwright.bench.scripts.script_file import MAX_METADATA_BYTES, MAX_SCRIPT_BYTES
from benchwright.core.errors import BenchwrightError, ImportRefused
from benchwright.core.toml_source import parse_toml
from benchwright.core.toml_table import TomlTable
from benchwright.core.values import shown

FORMAT: Final = "benchwright-script"
SCHEMA: Final = 1
MAX_DOCUMENT_BYTES: Final = 32 * 1024 * 1024
_MAX_SCRIPTS: Final = 100
_HEAD_BYTES: Final = 1024
_LITERAL: Final = re.compile(r"[\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\U0010ffff]*")
_ESCAPED: Final = re.compile(r'[\\"\r\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff]')
_BASIC_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\r": "\\r"}


class StoredScript(msgspec.Struct, frozen=True, kw_only=True):
    """The text of a script and of its metadata, to the byte; ``metadata`` is None where it has no TOML file.

    ``file`` is the name of the script's file without any folder.
    """

    file: str
    source: str
    metadata: str | None = None

    @property
    def sha256(self) -> str:
        """The hash over name, source and metadata."""
        parts = [self.file, self.source, *([] if self.metadata is None else [self.metadata])]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


class ScriptDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A script, and the library scripts that it depends on where they were wished for."""

    script: StoredScript
    dependencies: tuple[StoredScript, ...] = ()


def encode_document(document: ScriptDocument, now: datetime | None = None) -> bytes:
    """Return a document as TOML, in UTF-8; `now` is the time that it bears."""
    lines = [
        "# A script of Benchwright. To take it into a library: benchwright script import FILE",
        f'format = "{FORMAT}"',
        f"schema = {SCHEMA}",
        f'made_by = "Benchwright {__version__}"',
        f"made_at = {(now or datetime.now(UTC)).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        *_script_lines("[script]", document.script),
    ]
    for each in document.dependencies:
        lines += _script_lines("[[dependencies]]", each)
    return "\n".join([*lines, ""]).encode()


def is_document(path: Path) -> bool:
    """Tell by its first lines whether a file is an exported script, whole or not."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return False
    return path.suffix == ".toml" and f'format = "{FORMAT}"'.encode() in head


def read_document(path: Path) -> bytes:
    """Return the content of a file for `decode_document`, no more of it than tells that it is too large.

    Raises:
        ImportRefused: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(MAX_DOCUMENT_BYTES + 1)
    except OSError as error:
        raise ImportRefused(f"cannot read {path}: {error.strerror}") from None


def decode_document(data: bytes, file: str) -> ScriptDocument:
    """Return the document that `encode_document` wrote; `file` is what a refusal calls it.

    Raises:
        ImportRefused: it is damaged, changed, too large, of a newer schema or something else; says what.
    """
    if len(data) > MAX_DOCUMENT_BYTES:
        raise ImportRefused(f"{file} is larger than {MAX_DOCUMENT_BYTES // 2**20} MB")
    try:
        text = data.decode()
        content = parse_toml(text, file)
    except UnicodeDecodeError as error:
        raise ImportRefused(f"{file} is not UTF-8 text: byte {error.start} is wrong") from None
    except BenchwrightError as error:
        raise ImportRefused(error.message) from None
    table = TomlTable(content, "", file, _refused)
    _check_head(table)
    below = table.array("dependencies")
    if len(below) > _MAX_SCRIPTS:
        table.fail(f"must be at most {_MAX_SCRIPTS} scripts, found {len(below)}", "dependencies")
    return ScriptDocument(
        script=_read_script(table.table("script")), dependencies=tuple(map(_read_script, below))
    )


def _check_head(table: TomlTable) -> None:
    if table.content.get("format") != FORMAT:
        table.fail(f'is no exported script: it has no line format = "{FORMAT}"')
    schema = table.content.get("schema")
    if isinstance(schema, int) and schema > SCHEMA:
        made_by = shown(table.content.get("made_by", "a newer Benchwright"))
        table.fail(f"has schema {schema}, from {made_by}; this Benchwright reads {SCHEMA}: update it")
    if schema != SCHEMA or isinstance(schema, bool):
        table.fail(f"must be {SCHEMA}, found {shown(schema)}", "schema")
    table.allow(("format", "schema", "made_by", "made_at", "script", "dependencies"))


def _read_script(table: TomlTable) -> StoredScript:
    table.allow(("file", "sha256", "metadata", "source"))
    for key, limit in (("file", 400), ("source", MAX_SCRIPT_BYTES), ("metadata", MAX_METADATA_BYTES)):
        text = table.text(key)
        if key not in table and key != "metadata":
            table.fail("is missing", key)
        if "\0" in text:
            table.fail("holds a NUL character, which no text file does", key)
        if len(text.encode()) > limit:
            table.fail(f"is longer than {limit} bytes", key)
    script = StoredScript(
        file=table.text("file"),
        source=table.text("source"),
        metadata=table.text("metadata") if "metadata" in table else None,
    )
    if table.text("sha256") != script.sha256:
        table.fail("does not fit the content: the file was changed or damaged after its export", "sha256")
    return script


def _refused(message: str, file: str = "", line: int | None = None, key: str = "") -> ImportRefused:
    del line  # the text may be megabytes, and nobody writes it by hand
    return ImportRefused(": ".join(part for part in (file, key, message) if part))


# --- writing ----------------------------------------------------------------------------------------------


def _script_lines(header: str, script: StoredScript) -> list[str]:
    lines = ["", header, f"file = {_one_line(script.file)}", f'sha256 = "{script.sha256}"']
    if script.metadata is not None:
        lines.append(f"metadata = {_many_lines(script.metadata)}")
    return [*lines, f"source = {_many_lines(script.source)}"]


def _one_line(text: str) -> str:
    return f'"{_escaped(text)}"'.replace("\n", "\\n")


def _many_lines(text: str) -> str:
    """Write a text so that it reads as it is where TOML can hold it so, and else with escapes."""
    if "'''" not in text and not text.endswith("'") and _LITERAL.fullmatch(text):
        return f"'''\n{text}'''"
    return f'"""\n{_escaped(text)}"""'


def _escaped(text: str) -> str:
    def escape(match: re.Match[str]) -> str:
        character = match[0]
        return _BASIC_ESCAPES.get(character) or f"\\u{ord(character):04x}"

    return _ESCAPED.sub(escape, text)
