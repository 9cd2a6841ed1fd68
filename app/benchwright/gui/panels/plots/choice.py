"""What is drawn over what: chosen by the script's metadata, by the user, or by what the rows look like."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from benchwright.core.descriptors import InstrumentDescriptor, MethodKind
from benchwright.core.metadata import PlotDeclaration, ScriptMetadata

TIME: Final = ""  # the x of a plot over time, as in the metadata
ROW: Final = "#row"  # the x of a plot over the number of the row; no recorded name holds a "#"
_SCALED_UNITS: Final = frozenset("V A W s Hz Ω Ohm ohm F H J Pa K T C".split())  # noqa: SIM905 - a list is too long


class PaneChoice(msgspec.Struct, frozen=True):
    """One pane: columns `y` over the column `x`."""

    x: str = TIME
    y: tuple[str, ...] = ()
    title: str = ""


def first_choice(plots: Sequence[PlotDeclaration], names: Sequence[str]) -> list[PaneChoice]:
    """Return the panes to begin with: those declared, else the second column over the first one.

    A single column is drawn over time. What is declared but not recorded (yet) is kept.
    """
    if plots:
        return [PaneChoice(plot.x, plot.y, plot.title) for plot in plots]
    if not names:
        return []
    return [PaneChoice(TIME, (names[0],))] if len(names) == 1 else [PaneChoice(names[0], (names[1],))]


def toggled(panes: Sequence[PaneChoice], name: str, own_pane: bool) -> list[PaneChoice]:
    """Return the panes with a curve taken out, or put in: into the last pane or one of its own."""
    without = [
        msgspec.structs.replace(pane, y=tuple(y for y in pane.y if y != name)) for pane in panes if pane.y
    ]
    if without != list(panes):
        return [pane for pane in without if pane.y]
    if own_pane or not panes:
        return [*panes, PaneChoice(panes[0].x if panes else TIME, (name,))]
    return [*panes[:-1], msgspec.structs.replace(panes[-1], y=(*panes[-1].y, name))]


def over(panes: Sequence[PaneChoice], x: str) -> list[PaneChoice]:
    """Return the panes with another x."""
    return [msgspec.structs.replace(pane, x=x) for pane in panes]


def split(panes: Sequence[PaneChoice]) -> list[PaneChoice]:
    """Return one pane per curve."""
    return [PaneChoice(pane.x, (name,)) for pane in panes for name in pane.y]


def joined(panes: Sequence[PaneChoice]) -> list[PaneChoice]:
    """Return one pane that holds all curves."""
    names = dict.fromkeys(name for pane in panes for name in pane.y)
    return [PaneChoice(panes[0].x, tuple(names))] if names else []


def axis_name(x: str) -> str:
    """Say a column's name in words."""
    return {TIME: "time", ROW: "row"}.get(x, x)


def known_units(metadata: ScriptMetadata, descriptors: Iterable[InstrumentDescriptor] = ()) -> dict[str, str]:
    """Return units by column: those of parameters, and of values of instruments, that have its name.

    What instruments of different units call the same has none.
    """
    found: dict[str, set[str]] = {}
    for descriptor in descriptors:
        for method in descriptor.methods:
            for name in {method.telemetry, method.name.partition("_")[2]} - {""}:
                if method.unit and method.kind is MethodKind.QUERY:
                    found.setdefault(name, set()).add(method.unit)
    units = {name: candidates.pop() for name, candidates in found.items() if len(candidates) == 1}
    declared = {name: each.unit for name, each in metadata.parameters.items() if each.unit}
    return {**units, **declared, TIME: "s"}


def takes_prefix(unit: str) -> bool:
    """Tell whether a unit may be written with a prefix such as m or µ before it."""
    return unit in _SCALED_UNITS
