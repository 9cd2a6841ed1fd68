"""The part of the form that says when: one page for each kind of schedule."""

from datetime import datetime
from typing import Final

from PySide6.QtCore import QDateTime, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QDateTimeEdit,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QStackedWidget,
    QWidget,
)

from benchwright.gui import theme
from benchwright.gui.panels.schedule.draft import Draft, Kind
from benchwright.gui.widgets.named import named

_FORMAT: Final = "yyyy-MM-dd HH:mm:ss"
_MEANINGS: Final = {
    Kind.INTERVAL: "Again and again after the same time, counted from a start",
    Kind.CRON: "At times of the clock on the wall, as a cron expression",
    Kind.ONCE: "At one time",
    Kind.MANUAL: "Only when somebody presses Run now",
}


class TimesPage(QWidget):
    """A choice of the kind, and beside it what that kind needs."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        character = self.fontMetrics().averageCharWidth()
        self.kind = named(QComboBox(self), "schedule.kind", "Kind of schedule")
        for kind, meaning in _MEANINGS.items():
            self.kind.addItem(str(kind), kind)
            self.kind.setItemData(self.kind.count() - 1, meaning, Qt.ItemDataRole.ToolTipRole)
        self.every = _line(self, "schedule.every", "Interval, such as 15 min", 9 * character)
        self.every.setPlaceholderText("15 min")
        self.start = _moment(self, "schedule.start", "First run")
        self.expression = _line(self, "schedule.expression", "Cron expression", 18 * character)
        self.expression.setFont(theme.fixed_font())
        self.expression.setPlaceholderText("minute hour day month weekday")
        self.expression.setToolTip(
            "Minute, hour, day of the month, month, day of the week.\n"
            "* is every one; lists 1,15, ranges mon-fri, steps */10."
        )
        self.zone = named(QComboBox(self), "schedule.zone", "Time zone")
        self.zone.setEditable(True)
        self.zone.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.zone.setMinimumWidth(18 * character)
        self.at = _moment(self, "schedule.at", "Time of the run")
        self._pages = QStackedWidget(self)
        for parts in (
            (self.every, QLabel("from"), self.start),
            (self.expression, QLabel("in"), self.zone),
            (self.at,),
            (QLabel("when Run now is pressed"),),
        ):
            self._pages.addWidget(_row(*parts))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.kind)
        layout.addWidget(self._pages, 1)
        self.kind.currentIndexChanged.connect(self._pages.setCurrentIndex)
        for signal in (
            self.kind.currentIndexChanged,
            self.every.textChanged,
            self.start.dateTimeChanged,
            self.expression.textChanged,
            self.zone.currentTextChanged,
            self.at.dateTimeChanged,
        ):
            signal.connect(lambda *_: self.changed.emit())

    @property
    def lines(self) -> tuple[QLineEdit, ...]:
        """Where Enter means that the form is filled in."""
        return (self.every, self.expression)

    def show_draft(self, draft: Draft) -> None:
        """Fill in what a draft says."""
        self.kind.setCurrentIndex(list(_MEANINGS).index(draft.kind))
        self.every.setText(draft.every)
        self.start.setDateTime(_to_qt(draft.start))
        self.expression.setText(draft.expression)
        self.zone.setEditText(draft.zone)
        self.at.setDateTime(_to_qt(draft.at))

    def offer_zones(self, names: list[str]) -> None:
        """Offer these time zones to choose from."""
        text = self.zone.currentText()
        self.zone.blockSignals(True)
        self.zone.clear()
        self.zone.addItems(names)
        self.zone.setEditText(text)
        self.zone.blockSignals(False)
        completer = QCompleter(names, self.zone)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.zone.setCompleter(completer)


def moment_of(edit: QDateTimeEdit) -> datetime:
    """Return the time in a field, with its time zone."""
    return datetime.fromtimestamp(edit.dateTime().toSecsSinceEpoch()).astimezone()


def _to_qt(moment: datetime) -> QDateTime:
    return QDateTime.fromSecsSinceEpoch(int(moment.timestamp()))


def _line(parent: QWidget, object_name: str, name: str, width: int) -> QLineEdit:
    line = named(QLineEdit(parent), object_name, name)
    line.setMinimumWidth(width)
    return line


def _moment(parent: QWidget, object_name: str, name: str) -> QDateTimeEdit:
    edit = named(QDateTimeEdit(parent), object_name, name)
    edit.setDisplayFormat(_FORMAT)
    edit.setCalendarPopup(True)
    return edit


def _row(*parts: QWidget) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    for part in parts:
        layout.addWidget(part)
    layout.addStretch(1)
    return row
