"""The field that finds runs, and the lists that write outcomes and dates into it."""

import re
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QWidget

from benchwright.core.run_states import RunState
from benchwright.gui.widgets.named import named

_TYPING_MS: Final = 60  # after the last key
_OUTCOMES: Final = (
    ("Any outcome", ""),
    ("Completed", RunState.COMPLETED),
    ("Failed", RunState.FAILED),
    ("Timeout", RunState.TIMEOUT),
    ("Cancelled", RunState.CANCELLED),
    ("Limit", RunState.RESOURCE_LIMIT),
    ("Emergency stop", RunState.EMERGENCY_STOPPED),
    ("Crashed", RunState.CRASHED),
    ("Interrupted", RunState.INTERRUPTED),
    ("Running", RunState.RUNNING),
)
_DATES: Final = (
    ("Any time", ""),
    ("Today", "since:today"),
    ("Yesterday", "since:yesterday until:yesterday"),
    ("Last 7 days", "since:7d"),
    ("Last 30 days", "since:30d"),
)
_TIP: Final = (
    "<p>Words are looked for in scripts, errors, parameters, and in what was printed and logged; "
    "quotes hold them together.</p><table cellspacing='4'>"
    "<tr><td><code>script:scan</code></td><td>in the script's name</td></tr>"
    "<tr><td><code>outcome:failed</code></td><td>how it ended</td></tr>"
    "<tr><td><code>wavelength=532</code></td><td>a parameter; <code>500..600</code> for a range</td></tr>"
    "<tr><td><code>since:2026-11-30</code></td><td>also <code>until:</code>, <code>today</code>, "
    "<code>7d</code></td></tr></table>"
)


class SearchRow(QWidget):
    """All that is looked for stands in the field; the lists beside it only write there."""

    changed = Signal(str)  # what the field holds, a moment after the last key
    left = Signal()  # the person wants to go to the list

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.field = named(QLineEdit(self), "runs.search", "Search the runs")
        self.field.setPlaceholderText("Search:  words  script:scan  wavelength=532  since:7d")
        self.field.setToolTip(_TIP)
        self.field.setClearButtonEnabled(True)
        self.outcome = _choice(self, "runs.outcome", "Runs of which outcome", _OUTCOMES)
        self.date = _choice(self, "runs.date", "Runs of which time", _DATES)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._typing.timeout.connect(lambda: self.changed.emit(self.field.text()))
        self.field.textChanged.connect(self._on_text)
        self.outcome.activated.connect(lambda _: self._write("outcome", self.outcome.currentData()))
        self.date.activated.connect(lambda _: self._write("since|until", self.date.currentData()))
        for keys, do in (("Down", self.left.emit), ("Return", self.left.emit), ("Esc", self.field.clear)):
            shortcut = QShortcut(QKeySequence(keys), self.field)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(do)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 4, 6, 4)
        row.setSpacing(4)
        row.addWidget(self.field, 1)
        row.addWidget(self.outcome)
        row.addWidget(self.date)

    def _on_text(self, text: str) -> None:
        _follow(self.outcome, " ".join(re.findall(r"\boutcome:(\S*)", text)))
        _follow(self.date, " ".join(re.findall(r"\b(?:since|until):\S*", text)))
        self._typing.start()

    def _write(self, fields: str, words: str) -> None:
        """Put a choice into the field, in the place of an earlier one."""
        rest = re.sub(rf"\s*\b(?:{fields}):\S*", "", self.field.text()).strip()
        chosen = f"{fields}:{words}" if words and ":" not in words else words
        self.field.setText(f"{rest} {chosen}".strip())


def _choice(parent: QWidget, name: str, about: str, entries: tuple[tuple[str, str], ...]) -> QComboBox:
    box = named(QComboBox(parent), name, about)
    box.setPlaceholderText("As written")  # where the field says what is not in the list
    for title, words in entries:
        box.addItem(title, str(words))
    box.setCurrentIndex(0)
    return box


def _follow(box: QComboBox, words: str) -> None:
    """Show in a list what the field says."""
    box.setCurrentIndex(box.findData(words))
