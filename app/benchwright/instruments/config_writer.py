"""Adds an instrument to the text of a configuration; comments, order and all the rest stay as they are."""

import tomllib
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from benchwright.core.errors import ConfigurationError
from benchwright.core.resource_paths import resource_path
from benchwright.core.toml_source import line_of, lines_by_path
from benchwright.instruments.config import DEMO_FILE, Config
from benchwright.instruments.config_values import InstrumentConfig

_BOM: Final = "\ufeff"
_EMPTY: Final = """# The instruments of this bench, and what holds for all of them.

[bench]
name = "bench"
on_desk_lost = "safe"     # or "continue"
"""


def new_config_text(*, keeps_demo: bool) -> str:
    """Return the text of a configuration to begin with: the demo instruments, or none."""
    if not keeps_demo:
        return _EMPTY
    text = resource_path(DEMO_FILE).read_text("utf-8")
    return text[text.index("[bench]") :]  # what is above tells of the built-in file


def with_instrument(text: str, file: str, instrument: InstrumentConfig) -> str:
    """Return the text of a configuration with one more instrument.

    Args:
        text: a valid configuration.
        file: its path, for messages and for what it refers to.
        instrument: what is added; what is as by default is not written.

    Raises:
        ConfigurationError: `text` is not valid, there is an instrument of that name, or the outcome would not
            be valid.
    """
    before = Config.from_text(text, file)
    if instrument.name in before.instruments:
        line = line_of(text, ("instruments", instrument.name))
        message = "there is an instrument of that name already"
        raise ConfigurationError(message, file, line, f"instruments.{instrument.name}")
    mark = _BOM if text.startswith(_BOM) else ""
    is_dos = "\r\n" in text
    plain = text.removeprefix(_BOM).replace("\r\n", "\n")
    added = mark + _insert(plain, instrument)
    if is_dos:
        added = added.replace("\n", "\r\n")
    Config.from_text(added, file)
    return added


def _insert(text: str, instrument: InstrumentConfig) -> str:
    """Return the text with the instrument where it reads best and means the same as before, but for it."""
    wanted = tomllib.loads(text)
    wanted.setdefault("instruments", {})[instrument.name] = _values(instrument)
    for candidate in _candidates(text, instrument):
        try:
            if tomllib.loads(candidate) == wanted:
                return candidate
        except tomllib.TOMLDecodeError:
            continue
    raise ConfigurationError(
        "the instrument cannot be added to a file that is written like this; add it by hand"
    )


def _candidates(text: str, instrument: InstrumentConfig) -> Iterator[str]:
    import tomlkit

    table = tomlkit.table()
    for key, value in _values(instrument).items():
        table[key] = _inline(value)
    block = tomlkit.dumps({"instruments": {instrument.name: table}}).strip() + "\n"
    lines = text.splitlines(keepends=True)
    end = _end_of_instruments(text, lines)
    head, tail = "".join(lines[:end]).rstrip("\n"), "".join(lines[end:]).lstrip("\n")
    yield f"{head}\n\n{block}" + (f"\n{tail}" if tail else "")
    document = tomlkit.parse(text)  # the instruments are one inline table
    document.setdefault("instruments", tomlkit.table())[instrument.name] = _inline(_values(instrument))
    yield tomlkit.dumps(document)


def _end_of_instruments(text: str, lines: list[str]) -> int:
    """Return after how many lines the tables of the instruments end; what follows has its own comments."""
    places = lines_by_path(text)
    last = max((line for path, line in places.items() if path[0] == "instruments"), default=None)
    if last is None:
        return len(lines)
    following = [line for path, line in places.items() if path[0] != "instruments" and line > last]
    end = min(following, default=len(lines) + 1) - 1
    while (
        following and end > last and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#"))
    ):
        end -= 1
    return end


def _inline(value: Any) -> Any:
    import tomlkit

    if not isinstance(value, dict):
        return value
    table = tomlkit.inline_table()
    table.update({key: _inline(each) for key, each in value.items()})
    return table


def _values(instrument: InstrumentConfig) -> dict[str, Any]:
    """Return what is written of an instrument."""
    fields = {field.name: field for field in msgspec.structs.fields(InstrumentConfig)}
    values = {key: getattr(instrument, key) for key in fields if key != "name"}
    written = {
        key: value
        for key, value in values.items()
        if key in ("driver", "link") or value not in (fields[key].default, {})
    }
    if "limits" in written:
        written["limits"] = {name: list(ends) for name, ends in written["limits"].items()}
    return written
