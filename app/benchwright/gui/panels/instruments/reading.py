"""Writes measured values in a steady width: five digits, the unit with a prefix where it takes one."""

from math import isfinite
from typing import Final

from benchwright.core.values import Value, shown
from benchwright.gui.si_prefix import DIGITS, size_of, with_prefix

_SCALED_UNITS: Final = frozenset({"V", "A", "W", "Hz", "Ω", "ohm", "F", "H", "J", "Pa"})
_NOTHING: Final = "–"


def reading(value: float | None, unit: str) -> str:
    """Return a value with its unit, such as ``1.2041 mW`` or ``45.000 deg``; a dash where there is none."""
    if value is None:
        return _NOTHING
    if not isfinite(value):
        return f"{value} {unit}".rstrip()
    if unit in _SCALED_UNITS and value:
        value, unit = with_prefix(value, unit)
    return f"{_fixed(value)} {unit}".rstrip()


def _fixed(value: float) -> str:
    size = size_of(value)
    if not -4 <= size < 7:
        return f"{value:.{DIGITS - 1}e}"
    return f"{value:z.{max(DIGITS - 1 - max(size, 0), 0)}f}"


def result_text(value: Value, unit: str) -> str:
    """Return what a call gave, in one line."""
    if value is None:
        return "done"
    if isinstance(value, float):
        return reading(value, unit)
    if isinstance(value, dict):
        return ", ".join(f"{name} {shown(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    return f"{value if isinstance(value, str) else shown(value)} {unit}".rstrip()
