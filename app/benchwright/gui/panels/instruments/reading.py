"""Writes measured values in a steady width: five digits, the unit with a prefix where it takes one."""

from math import floor, isfinite, log10
from typing import Final

from benchwright.core.values import Value, shown

_DIGITS: Final = 5
_PREFIXES: Final = {-12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G"}
_SCALED_UNITS: Final = frozenset({"V", "A", "W", "Hz", "Ω", "ohm", "F", "H", "J", "Pa"})
_NOTHING: Final = "–"


def reading(value: float | None, unit: str) -> str:
    """Return a value with its unit, such as ``1.2041 mW`` or ``45.000 deg``; a dash where there is none."""
    if value is None:
        return _NOTHING
    if not isfinite(value):
        return f"{value} {unit}".rstrip()
    if unit in _SCALED_UNITS and value:
        exponent = min(max(3 * floor(log10(abs(value)) / 3), min(_PREFIXES)), max(_PREFIXES))
        value, unit = value / 10.0**exponent, _PREFIXES[exponent] + unit
    return f"{_fixed(value)} {unit}".rstrip()


def _fixed(value: float) -> str:
    size = floor(log10(abs(value))) if value else 0
    if not -4 <= size < 7:
        return f"{value:.{_DIGITS - 1}e}"
    return f"{value:z.{max(_DIGITS - 1 - max(size, 0), 0)}f}"


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
