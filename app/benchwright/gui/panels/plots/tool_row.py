"""The row above the plots: what is drawn over what, on which axes, and what to do with it."""

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QWidget

from benchwright.gui.panels.plots.choice import ROW, TIME, PaneChoice, axis_name

_FORMATS: Final = ("PNG", "SVG", "CSV")


class ToolRow(QWidget):
    """Buttons and menus; tells by signals what the user wants."""

    x_chosen = Signal(str)
    curve_toggled = Signal(str)
    split_toggled = Signal(bool)
    log_changed = Signal(bool, bool)
    earlier_toggled = Signal(bool)
    fit_wanted = Signal()
    export_wanted = Signal(str)  # png, svg or csv

    def __init__(self) -> None:
        super().__init__()
        self._x = QComboBox()
        self._x.setObjectName("plots.x")
        self._x.setAccessibleName("Horizontal axis")
        self._x.setToolTip("Column on the horizontal axis")
        self._x.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._x.activated.connect(lambda index: self.x_chosen.emit(self._x.itemData(index)))
        self._curve_menu = QMenu(self)
        self._curves = self._menu_button("Curves", "plots.curves", "Columns to draw", self._curve_menu)
        self.split = self._toggle("Split", "plots.split", "One pane per curve", self.split_toggled.emit)
        self.log_x = self._toggle("Log x", "plots.log_x", "Logarithmic horizontal axis", self._tell_log)
        self.log_y = self._toggle("Log y", "plots.log_y", "Logarithmic vertical axis", self._tell_log)
        self.earlier = self._toggle(
            "Earlier", "plots.earlier", "Draw earlier runs faintly behind this one", self.earlier_toggled.emit
        )
        self.earlier.setChecked(True)
        self._fit = self._button("Fit", "plots.fit", "Show everything and follow what comes (Home)")
        self._fit.clicked.connect(self.fit_wanted)
        self._arrange(self._menu_button("Export", "plots.export", "Save as a file", self._export_menu()))

    def _arrange(self, export: QToolButton) -> None:
        layout = QHBoxLayout(self)
        space = self.fontMetrics().height() // 4
        layout.setContentsMargins(2 * space, space, 2 * space, space)
        layout.setSpacing(space)
        label = QLabel("x")
        label.setBuddy(self._x)
        for widget in (label, self._x, self._curves, self.split, self.log_x, self.log_y, self.earlier):
            layout.addWidget(widget)
        layout.addStretch(1)
        layout.addWidget(self._fit)
        layout.addWidget(export)

    def _button(self, text: str, name: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setObjectName(name)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        return button

    def _toggle(self, text: str, name: str, tip: str, slot: Callable[[bool], object]) -> QToolButton:
        button = self._button(text, name, tip)
        button.setCheckable(True)
        button.toggled.connect(slot)
        return button

    def _menu_button(self, text: str, name: str, tip: str, menu: QMenu) -> QToolButton:
        button = self._button(text, name, tip)
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        return button

    def _export_menu(self) -> QMenu:
        menu = QMenu(self)
        for kind in _FORMATS:
            action = menu.addAction(f"{kind} …")
            action.setObjectName(f"plots.export_{kind.lower()}")
            action.triggered.connect(lambda _=False, kind=kind: self.export_wanted.emit(kind.lower()))
        return menu

    def _tell_log(self, _: bool) -> None:
        self.log_changed.emit(self.log_x.isChecked(), self.log_y.isChecked())

    def offer(self, names: Sequence[str], panes: Sequence[PaneChoice]) -> None:
        """Offer the columns that there are, and show which are drawn."""
        drawn = [name for pane in panes for name in pane.y]
        x = panes[0].x if panes else TIME
        choices = [TIME, ROW, *dict.fromkeys([*names, x])]
        choices = list(dict.fromkeys(choices))
        if choices != [self._x.itemData(index) for index in range(self._x.count())]:
            self._x.clear()
            for name in choices:
                self._x.addItem(axis_name(name), name)
        self._x.setCurrentIndex(choices.index(x))
        self._curve_menu.clear()
        for name in dict.fromkeys([*names, *drawn]):
            action = QAction(name, self._curve_menu, checkable=True, checked=name in drawn)
            action.triggered.connect(lambda _=False, name=name: self.curve_toggled.emit(name))
            self._curve_menu.addAction(action)
        self._curves.setEnabled(bool(names or drawn))
        self.split.setEnabled(len(drawn) > 1)
        was_blocked = self.split.blockSignals(True)
        self.split.setChecked(len(panes) > 1)
        self.split.blockSignals(was_blocked)
