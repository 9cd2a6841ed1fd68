"""Reads a TOML table by key; a mistake names file, line, key, what was found and what is allowed."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any, Final, NoReturn, Protocol

from benchwright.core.errors import BenchwrightError, did_you_mean, listed
from benchwright.core.toml_source import KeyPath, line_of
from benchwright.core.values import describe_type, shown

_TYPE_NAMES: Final = {dict: "table", datetime: "date and time", date: "date"}


class PlacedError(Protocol):
    """A class of error that says where in a file something is wrong."""

    def __call__(
        self, message: str, file: str = "", line: int | None = None, key: str = ""
    ) -> BenchwrightError:
        """Make the error."""
        ...


class TomlTable:
    """One table of a TOML file, whose mistakes are raised as `error`."""

    def __init__(
        self, content: dict[str, Any], text: str, file: str, error: PlacedError, path: KeyPath = ()
    ) -> None:
        self.content = content
        self.path = path
        self._source = (text, file, error)

    def __contains__(self, key: str) -> bool:
        return key in self.content

    def fail(self, message: str, *keys: str | int) -> NoReturn:
        """Raise the error `message` about the value at `keys` below this table."""
        text, file, error = self._source
        path = (*self.path, *keys)
        lines = (line_of(text, path[:length]) for length in range(len(path), 0, -1))
        raise error(message, file, next((line for line in lines if line), None), dotted(path))

    def allow(self, known: Iterable[str]) -> None:
        """Refuse every key that is not in `known`."""
        known = list(known)
        for key in self.content:
            if key not in known:
                self.fail(f"unknown key{did_you_mean(key, known)} (there is: {listed(known)})", key)

    def text(self, key: str, default: str = "") -> str:
        """Return a text."""
        value = self.content.get(key, default)
        if not isinstance(value, str):
            self._refuse("a text in quotes", value, key)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        values = self.content.get(key, [])
        if not isinstance(values, list):
            self._refuse("a list of texts", values, key)
        for index, value in enumerate(values):
            if not isinstance(value, str):
                self._refuse("a text in quotes", value, key, index)
        return tuple(values)

    def number(self, key: str) -> float | None:
        """Return a finite number, None where there is none."""
        value = self.content.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 2**63:
            self._refuse("a number", value, key)
        return value

    def number_within(self, key: str, default: float, low: float, high: float) -> float:
        """Return a number from `low` to `high`, `default` where there is none."""
        value = self.number(key)
        if value is None:
            return default
        if not low <= value <= high:
            self.fail(f"must be a number from {low:g} to {high:g}, found {value:g}", key)
        return float(value)

    def whole_within(self, key: str, default: int, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, `default` where there is none."""
        value = self.number(key)
        if value is not None and value != int(value):
            self.fail(f"must be a whole number from {low} to {high}, found {value:g}", key)
        return int(self.number_within(key, default, low, high))

    def moment(self, key: str) -> datetime | None:
        """Return a date and time, None where there is none; without an offset it is UTC."""
        value = self.content.get(key)
        if isinstance(value, str):
            try:
                value = datetime.fromisoformat(value)
            except ValueError:
                pass  # refused below
        elif isinstance(value, date) and not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day, tzinfo=UTC)
        if value is None or (isinstance(value, datetime) and value.tzinfo):
            return value
        if not isinstance(value, datetime):
            self._refuse("a date and time such as 2024-05-31T12:00:00Z", value, key)
        return value.replace(tzinfo=UTC)

    def choice(self, key: str, allowed: Iterable[str]) -> str | None:
        """Return one of the allowed texts, None where there is none."""
        if key not in self.content:
            return None
        return self._checked_choice(self.text(key), list(allowed), key)

    def choices(self, key: str, allowed: Iterable[str]) -> tuple[str, ...]:
        """Return a list of which each item is one of the allowed texts."""
        allowed = list(allowed)
        return tuple(self._checked_choice(v, allowed, key, i) for i, v in enumerate(self.texts(key)))

    def table(self, key: str) -> "TomlTable":
        """Return the table below `key`, an empty one where there is none."""
        content = self.content.get(key, {})
        if not isinstance(content, dict):
            self._refuse("a table", content, key)
        return self._below(content, key)

    def tables(self) -> "Iterator[tuple[str, TomlTable]]":
        """Go over the tables that this one consists of, by name."""
        for key in self.content:
            yield key, self.table(key)

    def array(self, key: str) -> "list[TomlTable]":
        """Return the array of tables at `key`."""
        items = self.content.get(key, [])
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            self._refuse(f"an array of tables, each headed [[{dotted((*self.path, key))}]]", items, key)
        return [self._below(item, key, index) for index, item in enumerate(items)]

    def _below(self, content: dict[str, Any], *keys: str | int) -> "TomlTable":
        return TomlTable(content, *self._source, path=(*self.path, *keys))

    def _checked_choice(self, value: str, allowed: list[str], *keys: str | int) -> str:
        if value not in allowed:
            self.fail(
                f"unknown {shown(value)}{did_you_mean(value, allowed)} (there is: {listed(allowed)})", *keys
            )
        return value

    def _refuse(self, wanted: str, value: object, *keys: str | int) -> NoReturn:
        kind = _TYPE_NAMES.get(type(value)) or describe_type(value)
        found = (
            kind if shown(value) in {describe_type(value), "a huge number"} else f"{shown(value)} ({kind})"
        )
        self.fail(f"must be {wanted}, found {found}", *keys)


def dotted(path: KeyPath) -> str:
    """Write a path as a person does: ``plots[0].x``."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")
