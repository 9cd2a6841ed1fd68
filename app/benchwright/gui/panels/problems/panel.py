"""What is wrong with the scripts, in a list that jumps to the place."""

from pathlib import PurePath
from typing import Final, NamedTuple

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QStackedLayout,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from benchwright.core.diagnostics import Diagnostic, Severity
from benchwright.gui import theme
from benchwright.gui.controls import Controls
from benchwright.gui.icons import icon
from benchwright.gui.panel import Panel
from benchwright.gui.session import RunModel
from benchwright.gui.widgets.named import named
from benchwright.gui.widgets.row_table import RowDelegate

MOST_SHOWN: Final = 1_000
_PROBLEM: Final = Qt.ItemDataRole.UserRole
_RANK: Final = list(Severity)


class _Problem(NamedTuple):
    """A finding in a script."""

    file: str
    finding: Diagnostic

    @property
    def message(self) -> str:
        return self.finding.message + (f" – {self.finding.hint}" if self.finding.hint else "")

    @property
    def line(self) -> str:
        """The finding as compilers write it, to be pasted elsewhere."""
        each = self.finding
        return f"{self.file}:{each.line}:{each.column}: {each.severity}: {self.message} [{each.code}]"


class ProblemsPanel(Panel):
    """One row a finding: errors first, then by file and line; Enter or a click shows the place."""

    def __init__(self, model: RunModel, controls: Controls) -> None:
        super().__init__()
        self._model = model
        self._controls = controls
        self._view = self._make_view()
        self._filter = named(QLineEdit(self), "problems.filter", "Filter the problems")
        self._filter.setPlaceholderText("Filter by message, file or kind")
        self._filter.setClearButtonEnabled(True)
        self._filter.textChanged.connect(self._show)
        self._filter.installEventFilter(self)
        self._empty = QLabel("No problems found. Ctrl+Shift+F5 checks the script in the editor.", self)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setEnabled(False)
        self._list = QWidget(self)
        rows = QVBoxLayout(self._list)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        line = QHBoxLayout()
        line.setContentsMargins(6, 4, 6, 4)
        line.addWidget(self._filter)
        rows.addLayout(line)
        rows.addWidget(self._view)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._list)
        model.diagnostics_changed.connect(self._show)
        theme.watcher.changed.connect(self._show)
        self._show()

    def copy(self) -> None:
        """Copy the selected problems, all without a selection, one a line."""
        problems = [item.data(0, _PROBLEM) for item in self._view.selectedItems() or self._items()]
        QGuiApplication.clipboard().setText("\n".join(each.line for each in problems if each is not None))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down and Enter lead from the filter into the list, Escape clears it."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._view.setFocus()
                if self._view.currentItem() is None and (items := self._items()):
                    self._view.setCurrentItem(items[0])
                return True
            if event.key() == Qt.Key.Key_Escape and self._filter.text():
                self._filter.clear()
                return True
        return super().eventFilter(watched, event)

    def _make_view(self) -> QTreeWidget:
        view = named(QTreeWidget(self), "problems.view", "Problems of the scripts")
        view.setHeaderLabels(["Problem", "Place", "File", "Kind"])
        view.setRootIsDecorated(False)
        view.setItemDelegate(RowDelegate(view))
        view.setUniformRowHeights(True)
        view.setAllColumnsShowFocus(True)
        view.setSelectionMode(QTreeWidget.SelectionMode.ExtendedSelection)
        header = view.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        view.itemActivated.connect(self._go)
        view.itemClicked.connect(self._go)
        copy = QAction("&Copy", view)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(self.copy)
        view.addAction(copy)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        return view

    def _items(self) -> list[QTreeWidgetItem]:
        items = (self._view.topLevelItem(row) for row in range(self._view.topLevelItemCount()))
        return [item for item in items if item is not None]

    def _problems(self) -> list[_Problem]:
        files = sorted({file for file, _ in self._model.diagnostics})
        found = [_Problem(file, each) for file in files for each in self._model.findings(file)]
        found.sort(
            key=lambda each: (
                _RANK.index(each.finding.severity),
                each.file,
                each.finding.line,
                each.finding.column,
            )
        )
        return found

    def _show(self, _: object = None) -> None:
        found = self._problems()
        wanted = self._filter.text().casefold()
        shown = [each for each in found if wanted in each.line.casefold()]
        current = self._view.currentItem()
        chosen = None if current is None else current.data(0, _PROBLEM)
        self._view.clear()
        self._view.addTopLevelItems([_item(each) for each in shown[:MOST_SHOWN]])
        if len(shown) > MOST_SHOWN:
            self._view.addTopLevelItem(QTreeWidgetItem([f"and {len(shown) - MOST_SHOWN} more", "", "", ""]))
        if chosen in shown[:MOST_SHOWN]:
            self._view.setCurrentItem(self._items()[shown.index(chosen)])
        self._stack.setCurrentWidget(self._list if found else self._empty)
        count = f"{len(shown)} of {len(found)}" if wanted and found else str(len(found))
        self.title_changed.emit(f"Problems {count}" if found else "Problems")

    def _go(self, item: QTreeWidgetItem) -> None:
        problem = item.data(0, _PROBLEM)
        if problem is not None:
            self._controls.place_wanted.emit(problem.file, problem.finding.line, problem.finding.column)


def _item(problem: _Problem) -> QTreeWidgetItem:
    finding = problem.finding
    place = f"{finding.line}:{finding.column}"
    item = QTreeWidgetItem(
        [" ".join(problem.message.split()), place, PurePath(problem.file).name, finding.code]
    )
    item.setData(0, _PROBLEM, problem)
    item.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{finding.severity}: {problem.message}")
    item.setIcon(0, icon(finding.severity.value, theme.current()))
    item.setToolTip(0, problem.message)
    item.setToolTip(2, problem.file)
    item.setFont(1, theme.fixed_font())
    item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return item
