"""A line to type in and what fits it below: the quickest way to anything that has a name."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QBrush, QColor, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from benchwright.gui import theme
from benchwright.gui.widgets.fuzzy import score
from benchwright.gui.widgets.named import named

COMMAND_SIGN: Final = ">"
_MAX_SHOWN: Final = 200
_VISIBLE: Final = 12
_CHARACTERS: Final = 84
_MOVES: Final = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class Entry(NamedTuple):
    """Something to choose; `reason` says why it cannot be chosen now."""

    text: str
    detail: str
    chosen: Callable[[], object]
    reason: str = ""


class Palette(QFrame):
    """Lies over the top of its window, and is gone with Enter, Escape, or a click elsewhere.

    Args:
        window: what it lies over.
        commands: what is listed after ``>``.
        files: what is listed otherwise.
    """

    def __init__(
        self,
        window: QWidget,
        commands: Callable[[], Sequence[Entry]],
        files: Callable[[], Sequence[Entry]],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._commands = commands
        self._files = files
        self._entries: Sequence[Entry] = ()
        self._shown: list[Entry] = []
        self._before: QWidget | None = None
        self.setObjectName("palette")
        self.setAccessibleName("Command palette")
        self.setAutoFillBackground(True)
        self.line = named(QLineEdit(self), "palette.line", "What to do or to open")
        self.line.setPlaceholderText("Name of a file; > for commands")
        self.line.textChanged.connect(self._on_text)
        self.line.installEventFilter(self)
        self.list = named(QTreeWidget(self), "palette.list", "What fits")
        self.list.setColumnCount(2)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.header().setStretchLastSection(False)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.list.itemClicked.connect(lambda item, _: self._choose(self.list.indexOfTopLevelItem(item)))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.setSpacing(4)
        layout.addWidget(self.line)
        layout.addWidget(self.list)
        self.hide()

    def show_commands(self) -> None:
        """Offer what can be done."""
        self._open(COMMAND_SIGN)

    def show_files(self) -> None:
        """Offer what can be opened."""
        self._open("")

    def close_palette(self) -> None:
        """Go back to where the keyboard was."""
        if not self.isVisible():
            return
        self.hide()
        if self._before is not None:
            self._before.setFocus()
            self._before = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrow keys move in the list while somebody types."""
        if event.type() is QEvent.Type.FocusOut and QApplication.activePopupWidget() is None:
            self._before = None
            self.hide()
        if event.type() is not QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() == Qt.Key.Key_Escape:
            self.close_palette()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.list.currentIndex().row())
        elif event.key() in _MOVES:
            QApplication.sendEvent(self.list, event)
        else:
            return False
        return True

    # --- inside ---

    def _open(self, text: str) -> None:
        if not self.isVisible():
            self._before = QApplication.focusWidget()
        self._entries = ()
        self.line.setText(text)
        self._on_text(text)
        self._place()
        self.show()
        self.raise_()
        self.line.setFocus()
        self.line.end(False)

    def _place(self) -> None:
        row = self.list.sizeHintForRow(0) if self._shown else self.fontMetrics().height() + 4
        self.list.setFixedHeight(max(row, 1) * _VISIBLE + 4)
        width = min(self.fontMetrics().averageCharWidth() * _CHARACTERS, self._window.width() - 20)
        self.setFixedWidth(width)
        self.adjustSize()
        self.move((self._window.width() - width) // 2, self.fontMetrics().height() * 3)

    def _on_text(self, text: str) -> None:
        wanted = text.removeprefix(COMMAND_SIGN)
        self._entries = self._commands() if text.startswith(COMMAND_SIGN) else self._files()
        found = [(score(wanted, each.text), at, each) for at, each in enumerate(self._entries)]
        fitting = sorted((-points, at, each) for points, at, each in found if points is not None)
        self._shown = [each for _, _, each in fitting][:_MAX_SHOWN]
        self._fill()

    def _fill(self) -> None:
        colours = theme.current()
        muted = QBrush(QColor(colours.muted))
        self.list.clear()
        for each in self._shown:
            item = QTreeWidgetItem([each.text, each.reason or each.detail])
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setForeground(1, muted)
            if each.reason:
                item.setForeground(0, muted)
            self.list.addTopLevelItem(item)
        if self._shown:
            self.list.setCurrentIndex(self.list.model().index(0, 0))
        else:
            nothing = QTreeWidgetItem(["Nothing fits."])
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addTopLevelItem(nothing)

    def _choose(self, index: int) -> None:
        if 0 <= index < len(self._shown) and not self._shown[index].reason:
            entry = self._shown[index]
            self.close_palette()
            entry.chosen()
