"""Numbers with the prefix of a unit that suits their size: ``999.99 µW``, ``1.0000 mW``."""

from typing import Final

DIGITS: Final = 5  # that are shown of a measured value
_PREFIXES: Final = {-12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G"}


def size_of(value: float) -> int:
    """Return the power of ten of the first digit that is shown: of 9.99999 it is 1, since it reads 10."""
    return int(f"{value:.{DIGITS - 1}e}".partition("e")[2])


def with_prefix(value: float, unit: str) -> tuple[float, str]:
    """Return a value in the unit with a prefix."""
    exponent = min(max(size_of(value) // 3 * 3, min(_PREFIXES)), max(_PREFIXES))
    return value / 10.0**exponent, _PREFIXES[exponent] + unit
