"""Reads tables of a driver's options, with which a configuration declares what the instrument can do."""

import re
from typing import Any, TypeVar

import msgspec

from benchwright.core.errors import ConfigurationError

T = TypeVar("T", bound=msgspec.Struct)


def read_table(table: Any, kind: type[T], key: str) -> T:
    """Return a table as a struct.

    Raises:
        ConfigurationError: it is not of the form; names `key`.
    """
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise ConfigurationError(_plainly(str(error)), key=key) from None


def _plainly(problem: str) -> str:
    """Say in our words what msgspec found in a table."""
    problem = re.sub(r"^Object missing required field `(\w+)`", r"\1 is missing", problem)
    problem = re.sub(r"^Object contains unknown field `(\w+)`", r"unknown key \1", problem)
    return re.sub(r" - at `\$\.(.+)`$", r" (at \1)", problem)
