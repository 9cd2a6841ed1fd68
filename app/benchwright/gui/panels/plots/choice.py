"""What is drawn over what: chosen by the script's metadata, by the user, or by what the rows look like."""

from collections.abc import Sequence
from typing import Final

import msgspec

from benchwright.core.metadata import PlotDeclaration

TIME: Final = ""  # the x of a plot over time, as in the metadata
ROW: Final = "#row"  # the x of a plot over the number of the row; no recorded name holds a "#"


class PaneChoice(msgspec.Struct, frozen=True):
    """One pane: columns `y` over the column `x`; with `z` a map, whose colour says `z` at x and y."""

    x: str = TIME
    y: tuple[str, ...] = ()
    title: str = ""
    z: str = ""

    @property
    def heading(self) -> str:
        """What the pane is called: its title, else what it shows."""
        if self.title:
            return self.title
        if self.z:
            return f"{self.z} over {axis_name(self.x)} and {', '.join(self.y)}"
        return f"{', '.join(self.y)} vs {axis_name(self.x)}"


def first_choice(plots: Sequence[PlotDeclaration], names: Sequence[str]) -> list[PaneChoice]:
    """Return the panes to begin with: those declared, else the second column over the first one.

    A single column is drawn over time. What is declared but not recorded (yet) is kept.
    """
    if plots:
        return [PaneChoice(plot.x, plot.y, plot.title, plot.z) for plot in plots]
    if not names:
        return []
    return [PaneChoice(TIME, (names[0],))] if len(names) == 1 else [PaneChoice(names[0], (names[1],))]


def toggled(panes: Sequence[PaneChoice], name: str, own_pane: bool) -> list[PaneChoice]:
    """Return the panes with a curve taken out, or put in: into the last pane or one of its own."""
    without = [_changed(pane, tuple(y for y in pane.y if y != name)) for pane in panes]
    if without != list(panes):
        return [pane for pane in without if pane.y]
    if own_pane or not panes or panes[-1].z:
        return [*panes, PaneChoice(panes[0].x if panes else TIME, (name,))]
    return [*panes[:-1], _changed(panes[-1], (*panes[-1].y, name))]


def _changed(pane: PaneChoice, y: tuple[str, ...]) -> PaneChoice:
    """Return a pane with other curves, under its title no longer; a map stays as it is."""
    return pane if pane.z or y == pane.y else PaneChoice(pane.x, y)


def over(panes: Sequence[PaneChoice], x: str) -> list[PaneChoice]:
    """Return the panes with another x, where that is another one under their titles no longer."""
    return [pane if pane.z or pane.x == x else PaneChoice(x, pane.y) for pane in panes]


def as_map(x: str, y: str, z: str) -> list[PaneChoice]:
    """Return one pane that is a map."""
    return [PaneChoice(x, (y,), z=z)]


def curves_of(panes: Sequence[PaneChoice]) -> list[PaneChoice]:
    """Return curves in the place of maps: what was colour is drawn over what was x."""
    return [PaneChoice(pane.x, (pane.z,)) if pane.z else pane for pane in panes]


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
