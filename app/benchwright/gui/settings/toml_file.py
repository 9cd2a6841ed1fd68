"""Reads and changes `settings.toml`; what a person wrote in it stays."""

import json
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchwright.core.errors import ArgumentError, BenchwrightError, ConfigurationError, did_you_mean, listed
from benchwright.core.toml_source import parse_toml
from benchwright.core.toml_table import TomlTable
from benchwright.core.values import Value, shown
from benchwright.gui.settings.table import SETTINGS, SettingRow, defaults

FILE: Final = "settings.toml"
_MAX_BYTES: Final = 1_000_000


class SettingProblem(NamedTuple):
    """What is wrong with the file: one sentence, and the line that it is about (0: unknown)."""

    text: str
    line: int


def read_settings(path: Path) -> tuple[dict[str, Value], list[SettingProblem]]:
    """Return every setting, and what is wrong with the file; what is wrong has its default."""
    values = defaults()
    problems: list[SettingProblem] = []
    try:
        text = _text_of(path)
        content = parse_toml(text, str(path))
    except ConfigurationError as error:
        return values, [_problem(error, "the defaults are used")]
    top = TomlTable(content, text, str(path), ConfigurationError)
    tables = {row.table for row in SETTINGS}
    for name in content:
        try:
            if name not in tables:
                top.fail(f"unknown table{did_you_mean(name, tables)} (there is: {listed(tables)})", name)
            _read_table(top.table(name), values, problems)
        except ConfigurationError as error:
            problems.append(_problem(error, "it is passed over"))
    return values, problems


def changed_text(text: str, row: SettingRow, value: Value) -> str:
    """Return the file's text with one setting changed; the default takes it out. Comments and order stay.

    Raises:
        ConfigurationError: the text is no TOML.
    """
    import tomlkit

    content = parse_toml(text, FILE)
    document: Any = tomlkit.parse(text)
    name = row.value.name
    if value == row.value.default:
        if isinstance(content.get(row.table), dict) and name in content[row.table]:
            del document[row.table][name]
    else:
        if not isinstance(content.get(row.table), dict):
            document[row.table] = tomlkit.table()
        document[row.table][name] = value
    return tomlkit.dumps(document)


def template() -> str:
    """Return a file that sets nothing and explains everything."""
    lines = ["# Benchwright's settings. Take the # from a line and change it; it takes effect when you save."]
    table = ""
    for row in SETTINGS:
        if row.table != table:
            table = row.table
            lines += ["", f"[{table}]"]
        lines.append(f"# {row.value.label}: {row.value.allowed()}. {row.value.help}")
        lines.append(f"# {row.value.name} = {json.dumps(row.value.default)}")
    return "\n".join([*lines, ""])


def text_or_template(path: Path) -> str:
    """Return the text of the file, or the template where there is none.

    Raises:
        ConfigurationError: it cannot be read.
    """
    return _text_of(path) or template()


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ConfigurationError(f"is larger than {_MAX_BYTES:,} bytes: these are no settings", str(path))
        return path.read_text("utf-8")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ConfigurationError(f"cannot be read: {error.strerror}", str(path)) from None
    except UnicodeDecodeError:
        raise ConfigurationError("is not UTF-8 text", str(path)) from None


def _read_table(table: TomlTable, values: dict[str, Value], problems: list[SettingProblem]) -> None:
    rows = {row.value.name: row for row in SETTINGS if (row.table,) == table.path}
    for name, found in table.content.items():
        try:
            if name not in rows:
                table.fail(f"unknown setting{did_you_mean(name, rows)} (there is: {listed(rows)})", name)
            row = rows[name]
            values[row.key] = _checked(table, row, found)
        except ConfigurationError as error:
            used = f"{shown(rows[name].value.default)} is used" if name in rows else "it is passed over"
            problems.append(_problem(error, used))


def _checked(table: TomlTable, row: SettingRow, found: Any) -> Value:
    try:
        return row.value.check(found, "")
    except ArgumentError:
        table.fail(f"must be {row.value.allowed()}, found {shown(found)}", row.value.name)


def _problem(error: BenchwrightError, what_is_done: str) -> SettingProblem:
    return SettingProblem(f"{error.message}; {what_is_done}", getattr(error, "file_line", None) or 0)
