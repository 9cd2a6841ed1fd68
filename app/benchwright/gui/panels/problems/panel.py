"""What is wrong with the scripts, in a list that jumps to the place."""

from pathlib import PurePath
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHeaderView, QLabel, QStackedLayout, QTreeWidget, QTreeWidgetItem, QWidget

from benchwright.core.diagnostics import Diagnostic, Severity
from benchwright.gui import theme
from benchwright.gui.session import Controls, FileDiagnostics, RunModel

_PLACE = Qt.ItemDataRole.UserRole
_SIGNS = {Severity.ERROR: "●", Severity.WARNING: "▲", Severity.INFO: "·"}


class ProblemsPanel(QWidget):
    """One row a finding: errors first, then by file and line; Enter or a click shows the place."""

    title_changed = Signal(str)

    def __init__(self, model: RunModel, controls: Controls) -> None:
        super().__init__()
        self._model = model
        self._controls = controls
        self._view = QTreeWidget(self)
        self._view.setObjectName("problems.view")
        self._view.setAccessibleName("Problems of the scripts")
        self._view.setHeaderLabels(["Problem", "Place", "File", "Kind"])
        self._view.setRootIsDecorated(False)
        self._view.setUniformRowHeights(True)
        self._view.setAllColumnsShowFocus(True)
        header = self._view.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._view.itemActivated.connect(self._go)
        self._view.itemClicked.connect(self._go)
        self._empty = QLabel("No problems found. Ctrl+Shift+F5 checks the script in the editor.", self)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setEnabled(False)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._view)
        model.diagnostics_changed.connect(self._show)
        theme.watcher.changed.connect(self._show)
        self._show()

    def save_state(self) -> dict[str, Any]:
        return {}

    def restore_state(self, state: dict[str, Any]) -> None:
        pass

    def _show(self, _: object = None) -> None:
        found = [(report, each) for report in self._model.diagnostics.values() for each in report.diagnostics]
        found.sort(key=lambda pair: (pair[1].severity is not Severity.ERROR, pair[0].file, pair[1].line))
        self._view.clear()
        self._view.addTopLevelItems([_item(report, diagnostic) for report, diagnostic in found])
        self._stack.setCurrentWidget(self._view if found else self._empty)
        self.title_changed.emit(f"Problems {len(found)}" if found else "Problems")

    def _go(self, item: QTreeWidgetItem) -> None:
        file, line, column = item.data(0, _PLACE)
        self._controls.place_wanted.emit(file, line, column)


def _item(report: FileDiagnostics, diagnostic: Diagnostic) -> QTreeWidgetItem:
    hint = f" – {diagnostic.hint}" if diagnostic.hint else ""
    text = f"{_SIGNS[diagnostic.severity]}  {diagnostic.message}{hint}"
    place = f"{diagnostic.line}:{diagnostic.column}"
    item = QTreeWidgetItem([text, place, PurePath(report.file).name, diagnostic.code])
    item.setData(0, _PLACE, (report.file, diagnostic.line, diagnostic.column))
    item.setToolTip(0, f"{diagnostic.message}{hint}")
    item.setToolTip(2, report.file)
    colours = theme.current()
    colour = {Severity.ERROR: colours.error, Severity.WARNING: colours.warning}.get(diagnostic.severity)
    if colour:
        item.setForeground(0, QColor(colour))
    item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return item
