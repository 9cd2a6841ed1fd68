"""The versions of a script: what each changed, and the way back to it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QSyntaxHighlighter, QTextCharFormat, QTextDocument
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from benchwright.bench.library import ScriptManager, ScriptVersion
from benchwright.core.errors import BenchwrightError
from benchwright.core.text_difference import kind_of_line
from benchwright.gui import theme
from benchwright.gui.background import in_background


class VersionsWindow(QWidget):
    """A list of the versions, newest first, beside what differs between the chosen one and now.

    Args:
        library: has the script.
        key: the script.
        parent: what it belongs to.
    """

    restore_wanted = Signal(str, str)  # the script's key, the version's id

    def __init__(self, library: ScriptManager, key: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("library.versions")
        self.setWindowTitle(f"Versions of {key}")
        self._library = library
        self._key = key
        self._versions: Sequence[ScriptVersion] = ()
        self._build()
        in_background("versions", lambda: library.versions(key), self._on_versions, self._on_failure, self)

    def _build(self) -> None:
        self.list = QListWidget(self)
        self.list.setAccessibleName("Versions, the newest first")
        self.list.currentRowChanged.connect(self._compare)
        self.view = QPlainTextEdit(self)
        self.view.setReadOnly(True)
        self.view.setAccessibleName("What differs between this version and now")
        self.view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.view.setFont(theme.fixed_font())
        DiffColours(self.view.document())
        self._about = QLabel(self)
        self.restore = QPushButton("&Restore this version", self)
        self.restore.setEnabled(False)
        self.restore.clicked.connect(self._on_restore)
        splitter = QSplitter(self)
        splitter.addWidget(self.list)
        splitter.addWidget(self.view)
        splitter.setStretchFactor(1, 1)
        bottom = QHBoxLayout()
        bottom.addWidget(self._about, 1)
        bottom.addWidget(self.restore)
        layout = QVBoxLayout(self)
        layout.addWidget(splitter, 1)
        layout.addLayout(bottom)
        width = self.fontMetrics().averageCharWidth()
        splitter.setSizes([width * 26, width * 90])
        self.resize(width * 120, self.fontMetrics().height() * 32)

    def _on_versions(self, versions: Sequence[ScriptVersion]) -> None:
        self._versions = versions
        self.list.addItems([_when(each) for each in versions])
        if versions:
            self.list.setCurrentRow(min(1, len(versions) - 1))
            self.list.setFocus()
        else:
            self._about.setText("There are no versions yet: each time the script is saved, one is kept.")

    def _compare(self, row: int) -> None:
        version = self._versions[row]

        def show(difference: str) -> None:
            difference = difference.replace(f"  {version.id}\n", f"  {_when(version)}\n")
            if row == self.list.currentRow():
                self.view.setPlainText(difference)
                self.restore.setEnabled(bool(difference))
                self._about.setText(
                    "− is in this version, + in the script as it is now"
                    if difference
                    else "The script is exactly this version now."
                )

        library, key = self._library, self._key
        in_background("diff", lambda: library.compare(key, version.id), show, self._on_failure, self)

    def _on_restore(self) -> None:
        self.restore_wanted.emit(self._key, self._versions[self.list.currentRow()].id)
        self.close()

    def _on_failure(self, error: BenchwrightError) -> None:
        self.view.clear()
        self.restore.setEnabled(False)
        self._about.setText(error.message)


def _when(version: ScriptVersion) -> str:
    return f"{version.saved_at.astimezone():%Y-%m-%d  %H:%M:%S}"


class DiffColours(QSyntaxHighlighter):
    """Colours the lines of a unified diff."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        theme.watcher.changed.connect(self._on_theme)

    def highlightBlock(self, text: str) -> None:
        """Colour one line by what it is."""
        colours = theme.current()
        roles = {
            "title": colours.muted,
            "place": colours.accent,
            "added": colours.ok,
            "removed": colours.warning,
        }
        block = self.currentBlock()
        around = [block.previous().text(), text, block.next().text(), block.next().next().text()]
        colour = roles.get(kind_of_line(around, 1))
        if colour is not None:
            look = QTextCharFormat()
            look.setForeground(QColor(colour))
            self.setFormat(0, len(text), look)

    def _on_theme(self, _: object) -> None:
        self.rehighlight()
