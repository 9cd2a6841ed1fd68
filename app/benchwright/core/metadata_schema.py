"""The schemas of metadata: what older ones called otherwise, and how they become the current one."""

from collections.abc import Mapping
from typing import Any, Final

from benchwright.core.errors import ConfigurationError, MetadataError
from benchwright.core.toml_source import line_of, parse_toml, renamed_keys
from benchwright.core.values import shown

SCHEMA_VERSION: Final = 1  # also of metadata that does not say

_RENAMED: Final[Mapping[int, Mapping[str, str]]] = {  # by schema: its keys, and what the next one calls them
    0: {
        "title": "name",
        "created": "created_at",
        "modified": "modified_at",
        "keywords": "tags",
        "requires": "dependencies",
        "engine": "language",
        "params": "parameters",
    },
}


def current_metadata(text: str, file: str) -> tuple[dict[str, Any], str]:
    """Return the content of metadata, and its text, in the current schema; lines stay where they are.

    Raises:
        MetadataError: it is no TOML, or of a schema that this Benchwright does not read.
    """
    content = _parsed(text, file)
    schema = _schema(content, text, file)
    if schema == SCHEMA_VERSION:
        return content, text
    for older in range(schema, SCHEMA_VERSION):
        names = _RENAMED[older]
        for old in content.keys() & names.keys():
            if names[old] in content:
                message = f"is called {names[old]} since schema {older + 1}, and both are there"
                raise MetadataError(message, file, line_of(text, (old,)), old)
        text = renamed_keys(text, names)
        content = _parsed(text, file)
    return content, text


def _parsed(text: str, file: str) -> dict[str, Any]:
    try:
        return parse_toml(text, file)
    except ConfigurationError as error:
        raise MetadataError(error.message) from None


def _schema(content: Mapping[str, Any], text: str, file: str) -> int:
    schema = content.get("schema", SCHEMA_VERSION)
    if isinstance(schema, int) and not isinstance(schema, bool):
        if min(_RENAMED) <= schema <= SCHEMA_VERSION:
            return schema
        if schema > SCHEMA_VERSION:
            message = f"is {schema}, of a newer Benchwright; this one reads up to {SCHEMA_VERSION}: update it"
            raise MetadataError(message, file, line_of(text, ("schema",)), "schema")
    message = f"must be a whole number from {min(_RENAMED)} to {SCHEMA_VERSION}, found {shown(schema)}"
    raise MetadataError(message, file, line_of(text, ("schema",)), "schema")
