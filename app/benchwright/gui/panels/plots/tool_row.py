"""The row above the plots of a run: what is drawn over what, on which axes, and what to do with it."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from benchwright.gui.panels.plots.choice import ROW, TIME, PaneChoice, axis_name
from benchwright.gui.panels.plots.earlier import EarlierRun
from benchwright.gui.panels.plots.tools import ToolBar, log_action

_LONG_NAMES: Final = {TIME: "time since the start", ROW: "number of the row"}
_FORMATS: Final = (
    ("png", "Picture (PNG)…"),
    ("svg", "Drawing (SVG)…"),
    ("csv", "All rows (CSV)…"),
    ("seen", "What is seen (CSV)…"),
)


class ToolRow(ToolBar):
    """Buttons and menus; tells by signals what the user wants."""

    x_chosen = Signal(str)
    curve_toggled = Signal(str)
    split_toggled = Signal(bool)
    map_chosen = Signal(str, str)  # the columns of the vertical axis and of the colour
    curves_wanted = Signal()
    script_wanted = Signal()  # draw what the script declares, else what its rows look like
    log_changed = Signal(bool, bool)
    earlier_toggled = Signal(bool)
    earlier_chosen = Signal(str, bool)  # id of a run, whether it is drawn
    latest_wanted = Signal()
    fit_wanted = Signal()
    export_wanted = Signal(str)  # png, svg, csv or seen

    def __init__(self) -> None:
        super().__init__("Plot tools")
        self._panes: Sequence[PaneChoice] = ()
        self.across = self.add_menu("x", "plots.x", "Column on the horizontal axis")
        self.curves = self.add_menu("y", "plots.curves", "Columns to draw")
        self.log_x = log_action(self, "plots.log_x")
        self.log_y = log_action(self, "plots.log_y")
        for action in (self.log_x, self.log_y):
            action.toggled.connect(self._tell_log)
        self.runs = self.add_menu("Earlier", "plots.earlier", "Earlier runs drawn faintly behind this one")
        self.addWidget(_stretch())
        self.add_button(
            "Fit", "plots.fit", "Show everything and follow what comes (Home)", self.fit_wanted.emit
        )
        export = self.add_menu("Export", "plots.export", "Save as a file")
        for kind, text in _FORMATS:
            _entry(export, text, partial(self.export_wanted.emit, kind)).setObjectName(f"plots.export_{kind}")

    def _tell_log(self, _: bool) -> None:
        self._name_axes()
        self.log_changed.emit(self.log_x.isChecked(), self.log_y.isChecked())

    def _name_axes(self) -> None:
        drawn = [name for pane in self._panes for name in pane.y]
        x = axis_name(self._panes[0].x) if self._panes else ""
        y = drawn[0] if len(drawn) == 1 else f"{len(drawn)} curves" if drawn else ""
        for menu, letter, name, action in (
            (self.across, "x", x, self.log_x),
            (self.curves, "y", y, self.log_y),
        ):
            self.name_menu(menu, f"{'log ' if action.isChecked() else ''}{letter} {name}".rstrip())

    # --- columns -------------------------------------------------------------------------------------------

    def offer(
        self, names: Sequence[str], others: Iterable[str], panes: Sequence[PaneChoice], is_chosen: bool
    ) -> None:
        """Offer the columns that there are, and show which are drawn.

        `others` hold no numbers; `is_chosen` tells whether the person chose, not the script.
        """
        self._panes = list(panes)
        self._name_axes()
        drawn = [name for pane in panes for name in (*pane.y, pane.z) if name]
        x = panes[0].x if panes else TIME
        self._offer_x(list(dict.fromkeys([TIME, ROW, *names, x])), x)
        self.curves.clear()
        is_map = any(pane.z for pane in panes)
        for name in dict.fromkeys([*names, *drawn]):
            _entry(self.curves, name, partial(self.curve_toggled.emit, name), not is_map and name in drawn)
        for name in others:
            entry = _entry(self.curves, f"{name}   (no numbers)", lambda: None)
            entry.setEnabled(False)
        self.curves.addSeparator()
        split = _entry(
            self.curves, "One pane per curve", lambda: self.split_toggled.emit(len(panes) < 2), len(panes) > 1
        )
        split.setObjectName("plots.split")
        split.setEnabled(len(drawn) > 1 and not is_map)
        self.curves.addAction(self.log_y)
        self._offer_map(names, panes)
        _entry(self.curves, "As the script wants it", self.script_wanted.emit, not is_chosen)

    def _offer_x(self, names: Sequence[str], x: str) -> None:
        self.across.clear()
        group = QActionGroup(self.across)
        for name in names:
            text = _LONG_NAMES.get(name, name)
            entry = _entry(self.across, text, partial(self.x_chosen.emit, name), name == x)
            group.addAction(entry)
        self.across.addSeparator()
        self.across.addAction(self.log_x)

    def _offer_map(self, names: Sequence[str], panes: Sequence[PaneChoice]) -> None:
        x = panes[0].x if panes else TIME
        shown = next((pane for pane in panes if pane.z), None)
        rest = [name for name in names if name != x]
        menu = self.curves.addMenu("Map")
        menu.setEnabled(len(rest) > 1)
        y = shown.y[0] if shown else next(iter(rest), "")
        z = shown.z if shown else next((name for name in rest if name != y), "")
        _entry(menu, "Curves, no map", self.curves_wanted.emit, shown is None)
        menu.addSection("Vertical axis")
        _choices(menu, rest, y if shown else "", lambda name: self.map_chosen.emit(name, z))
        menu.addSection("Colour")
        _choices(menu, rest, z if shown else "", lambda name: self.map_chosen.emit(y, name))

    # --- earlier runs --------------------------------------------------------------------------------------

    def offer_runs(self, runs: Sequence[EarlierRun], drawn: Iterable[str], shows: bool, picked: bool) -> None:
        """Offer the earlier runs there are, and show which are drawn."""
        drawn = set(drawn)
        self.runs.clear()
        _entry(
            self.runs, "Show earlier runs", lambda: self.earlier_toggled.emit(not shows), shows
        ).setObjectName("plots.show_earlier")
        latest = _entry(self.runs, "Always the latest", self.latest_wanted.emit, not picked)
        latest.setEnabled(shows and bool(runs))
        self.runs.addSeparator()
        for run in runs:
            is_drawn = run.run_id in drawn
            choose = partial(self.earlier_chosen.emit, run.run_id, not is_drawn)
            entry = _entry(self.runs, run.description, choose, is_drawn)
            entry.setEnabled(shows)
        if not runs:
            self.runs.addAction("No earlier run of this script has rows").setEnabled(False)


def _entry(menu: QMenu, text: str, slot: Callable[[], object], is_checked: bool | None = None) -> QAction:
    action = menu.addAction(text.replace("&", "&&"))
    if is_checked is not None:
        action.setCheckable(True)
        action.setChecked(is_checked)
    action.triggered.connect(lambda _checked=False: slot())
    return action


def _choices(menu: QMenu, names: Sequence[str], current: str, slot: Callable[[str], object]) -> None:
    group = QActionGroup(menu)
    for name in names:
        group.addAction(_entry(menu, name, partial(slot, name), name == current))


def _stretch() -> QWidget:
    gap = QWidget()
    gap.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return gap
