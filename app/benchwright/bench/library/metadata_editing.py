"""Changes a script's TOML metadata as a person would: what is not changed stays as it was written."""

import tomllib
from collections.abc import Mapping, MutableMapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from benchwright.core.errors import MetadataError
from benchwright.core.metadata import parse_metadata
from benchwright.core.metadata_schema import SCHEMA_VERSION, current_metadata

_BYTE_ORDER_MARK: Final = "\ufeff"
_CRLF: Final = "\r\n"
Changes: TypeAlias = Mapping[str, Any]


def new_metadata(name: str, description: str = "", now: datetime | None = None) -> str:
    """Return the TOML of a script that has none yet; `now` is when it was made."""
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    lines = [
        f"schema = {SCHEMA_VERSION}",
        f"name = {_quoted(name)}",
        'version = "1.0.0"',
        f"description = {_quoted(description)}",
        f"created_at = {moment:%Y-%m-%dT%H:%M:%SZ}",
        'permissions = ["device:read"]',
    ]
    return "\n".join([*lines, ""])


def edited_metadata(text: str, changes: Changes, file: str) -> str:
    """Return metadata with changed values; comments, order and layout of the rest stay.

    Args:
        text: the TOML text; one of an older schema is brought to the current one.
        changes: plain values by key, tables and lists whole; None, an empty table and an empty list of
            tables take a key away. Other keys stay.
        file: what an error calls the text.

    Raises:
        MetadataError: the text is no TOML, or what it would become is not valid.
    """
    import tomlkit

    wanted, body = current_metadata(text.removeprefix(_BYTE_ORDER_MARK), file)
    document = tomlkit.parse(body)
    if "schema" in wanted:
        changes = {**changes, "schema": SCHEMA_VERSION}
    for key, value in changes.items():
        if value is None or value == {} or (value == [] and _is_tables(document.get(key))):
            wanted.pop(key, None)
            document.pop(key, None)
        else:
            wanted[key] = value
            _put(document, key, value)
    edited = tomlkit.dumps(document)
    if _CRLF in body:
        edited = edited.replace(_CRLF, "\n").replace("\n", _CRLF)
    if tomllib.loads(edited) != wanted:
        raise MetadataError("is written in a way that only a person can change: edit the file", file)
    parse_metadata(edited, file)
    return (_BYTE_ORDER_MARK if text.startswith(_BYTE_ORDER_MARK) else "") + edited


def _put(table: MutableMapping[str, Any], key: str, value: Any) -> None:
    """Give a key a value; what it has already is not touched where it is the same."""
    if key not in table:
        table[key] = _item(value)
        return
    old = table[key]
    if _is_same(_plain(old), value):
        return
    if isinstance(old, MutableMapping) and isinstance(value, Mapping):
        for name in [name for name in old if name not in value]:
            del old[name]
        for name, each in value.items():
            _put(old, name, each)
    elif _is_tables(old) and _is_tables(value):
        _put_tables(old, value)
    elif isinstance(old, list) and isinstance(value, list):
        _put_items(table, key, old, value)
    else:
        table[key] = _item(value)


def _put_tables(old: Any, new: Sequence[Mapping[str, Any]]) -> None:
    """Change an array of tables, each by its place."""
    for index, wanted in enumerate(new):
        if index >= len(old):
            old.append(_item(wanted))
            continue
        for name in [name for name in old[index] if name not in wanted]:
            del old[index][name]
        for name, each in wanted.items():
            _put(old[index], name, each)
    while len(old) > len(new):
        del old[len(old) - 1]


def _put_items(table: MutableMapping[str, Any], key: str, old: Any, new: list[Any]) -> None:
    """Take items out of a list and add others at its end; one in another order is written anew."""
    kept = [item for item in _plain(old) if item in new]
    if kept != new[: len(kept)] or len(set(map(repr, kept))) < len(kept):
        table[key] = _item(new)
        return
    for index in reversed(range(len(old))):
        if _plain(old[index]) not in new:
            del old[index]
    for item in new[len(kept) :]:
        old.append(item)


def _item(value: Any) -> Any:
    """Return a value for tomlkit: tables of tables, and lists of tables, go below headers of their own."""
    import tomlkit

    if isinstance(value, Mapping):
        has_only_tables = bool(value) and all(isinstance(each, Mapping) for each in value.values())
        table = tomlkit.table(is_super_table=has_only_tables)
        for name, each in value.items():
            table[name] = _item(each)
        return table
    if _is_tables(value):
        array = tomlkit.aot()
        for each in value:
            array.append(_item(each))
        return array
    return value


def _is_tables(value: Any) -> bool:
    from tomlkit.items import AoT

    if isinstance(value, AoT):
        return True
    return type(value) is list and bool(value) and all(isinstance(each, Mapping) for each in value)


def _plain(item: Any) -> Any:
    return item.unwrap() if hasattr(item, "unwrap") else item


def _is_same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same in TOML, where 1, 1.0 and true are three."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_is_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_is_same, one, other))
    return bool(one == other)


def _quoted(text: str) -> str:
    import tomlkit

    return tomlkit.item(text).as_string()
