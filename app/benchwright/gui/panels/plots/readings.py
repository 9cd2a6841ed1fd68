"""How numbers and their units are written; a unit is told by the script or there is none."""

import math
from collections.abc import Iterable
from typing import Final

from benchwright.core.column_units import column_units, named_unit
from benchwright.core.metadata import ScriptMetadata
from benchwright.gui.panels.plots.choice import TIME
from benchwright.gui.si_prefix import DIGITS, with_prefix

_SCALED_UNITS: Final = frozenset("V A W s Hz Ω Ohm ohm F H J Pa K T C m N g bar eV".split())  # noqa: SIM905
FIGURE_SPACE: Final = "\N{FIGURE SPACE}"


def known_units(metadata: ScriptMetadata, names: Iterable[str] = ()) -> dict[str, str]:
    """Return the units of the columns and of the time."""
    return {**column_units(metadata, names), TIME: "s"}


def takes_prefix(unit: str) -> bool:
    """Tell whether a unit may be written with a prefix such as m or µ before it."""
    return unit in _SCALED_UNITS


def axis_title(name: str, unit: str) -> str:
    """Return a name with its unit, unless the name says it already."""
    return f"{name} ({unit})" if unit and not named_unit(name) else name


def reading(value: float, unit: str = "") -> str:
    """Write a number in six figures at most, with its unit; a dash where there is none."""
    if not math.isfinite(value):
        return "–"
    if takes_prefix(unit) and value:
        scaled, unit = with_prefix(value, unit)
        return f"{_plain(f'{scaled:.{DIGITS}g}')} {unit}"
    return f"{_plain(f'{value:.6g}')} {unit}".rstrip()


def _plain(number: str) -> str:
    return number.replace("-", "\N{MINUS SIGN}") if "e" not in number else number


class SteadyReadings:
    """Pads readings to the widest one that their name had, so that nothing moves while they change."""

    def __init__(self) -> None:
        self._widths: dict[str, int] = {}

    def __call__(self, name: str, value: float, unit: str = "") -> str:
        """Return a reading, padded."""
        text = reading(value, unit)
        width = self._widths[name] = max(self._widths.get(name, 0), len(text))
        return text.rjust(width, FIGURE_SPACE)
