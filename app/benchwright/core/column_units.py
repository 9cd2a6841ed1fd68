"""The units of recorded columns: told by the script, or there are none."""

import re
from collections.abc import Iterable
from typing import Final

from benchwright.core.metadata import ScriptMetadata

_NAMED_UNIT: Final = re.compile(r".*\S\s*[(\[]([^()\[\]]+)[)\]]")


def named_unit(name: str) -> str:
    """Return the unit that a name ends with, as in ``power (W)``; else an empty text."""
    found = _NAMED_UNIT.fullmatch(name)
    return found[1] if found else ""


def column_units(metadata: ScriptMetadata, names: Iterable[str]) -> dict[str, str]:
    """Return units by column: what [[plots]] says, then the parameter of that name, then ``name (unit)``.

    What an instrument calls its values says nothing of what a script made of them.
    """
    units = {name: unit for name in names if (unit := named_unit(name))}
    units |= {name: each.unit for name, each in metadata.parameters.items() if each.unit}
    for plot in metadata.plots:
        units |= plot.units
    return units
