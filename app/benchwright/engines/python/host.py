"""The functions and values of the host, as a Python script sees them."""

import sys
from collections.abc import Callable, Iterator, Mapping
from sys import _getframe
from typing import Any, NoReturn

from benchwright.core.errors import ArgumentError, UnknownNameError
from benchwright.core.values import Value, describe_type
from benchwright.engines.engine import HostFunction
from benchwright.engines.host_api import HOST_FUNCTIONS, NEVER_REFUSED
from benchwright.engines.python.conversion import plain
from benchwright.engines.python.frames import ScriptFrames
from benchwright.engines.python.instruments import UnknownAttributeError
from benchwright.engines.python.signatures import dress

# Python's own come from `site`, which a bundled program lacks; and they close the standard input.
ENDING_FUNCTIONS: Mapping[str, Any] = {"exit": sys.exit, "quit": sys.exit}


class UnknownParameterError(UnknownNameError, KeyError):
    """A script asked for a parameter that is not declared; `except KeyError` takes it for what it is."""

    __str__ = Exception.__str__  # a KeyError's own shows the sentence in quotes


class Parameters:
    """The `params` of a script: values by attribute or by key, not to be changed.

    A parameter may have any name, so a mapping's methods are there only where no parameter is called so.
    """

    __slots__ = ("_values",)

    _values: dict[str, Value]

    def __init__(self, values: Mapping[str, Value]) -> None:
        object.__setattr__(self, "_values", dict(values))

    def __getattr__(self, name: str) -> Any:
        if name == "_values":  # of a copy that is being made
            raise AttributeError(name)
        values = self._values
        if name in values:
            return values[name]
        if name in {"get", "items", "keys", "values"}:
            return getattr(values, name)
        raise UnknownAttributeError("parameter", name, values)

    def __getitem__(self, name: str) -> Value:
        if name in self._values:
            return self._values[name]
        raise UnknownParameterError("parameter", str(name), self._values)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"params.{name} cannot be set; parameters are given when the script is started")

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __dir__(self) -> list[str]:
        return list(self._values)

    def __repr__(self) -> str:
        return f"params({', '.join(f'{name}={value!r}' for name, value in self._values.items())})"


def make_function(name: str, callback: HostFunction, frames: ScriptFrames) -> Callable[..., Any]:
    """Return what a script calls as `name`."""
    if name == "record":
        return _make_record(callback, frames)
    note, descriptor, what = frames.note, HOST_FUNCTIONS.get(name), f"{name}: an argument"

    def function(*args: object, **kwargs: object) -> Value:
        note(_getframe(1))
        if name in NEVER_REFUSED:
            return callback()
        values = [plain(value, what) for value in args]
        if kwargs and descriptor is not None:
            named = {key: plain(value, what) for key, value in kwargs.items()}
            values = descriptor.bind(name, values, named)
        return callback(*values)

    if descriptor is not None:
        dress(function, descriptor)
    return function


def _make_record(callback: HostFunction, frames: ScriptFrames) -> Callable[..., None]:
    note = frames.note

    def record(values: Mapping[str, object] | None = None, /, **named: object) -> None:
        """Record one row of named values, as in ``record(angle=45.0)`` or ``record({"angle": 45.0})``."""
        note(_getframe(1))
        if values is not None:
            if not isinstance(values, Mapping):
                raise ArgumentError(f"record takes named values or a map, found {describe_type(values)}")
            named = {**values, **named}
        callback({_column(name): plain(value, f"record: {name}") for name, value in named.items()})

    record.__qualname__, record.__module__ = "record", "__main__"
    return record


def _column(name: object) -> str:
    if not isinstance(name, str):
        raise ArgumentError(f"record: the names of a row must be texts, found {describe_type(name)}")
    text = str.__str__(name)
    if not text.isascii():
        plain(text, "record: a name")
    return text
