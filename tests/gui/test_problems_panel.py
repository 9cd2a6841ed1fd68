"""The list of problems: complete, once each, and a way to every place."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QTreeWidget, QTreeWidgetItem

from benchwright.core.diagnostics import Diagnostic, Severity
from benchwright.gui.application import make_application
from benchwright.gui.controls import Controls
from benchwright.gui.panels.problems.panel import MOST_SHOWN, ProblemsPanel
from benchwright.gui.session import RunModel
from benchwright.gui.session_values import FileDiagnostics


class Desk:
    """A problems panel on a model of its own."""

    def __init__(self) -> None:
        self.model = RunModel()
        controls = Controls(lambda request: None)
        self.places: list[tuple[str, int, int]] = []
        controls.place_wanted.connect(lambda *place: self.places.append(place))
        self.titles: list[str] = []
        self.panel = ProblemsPanel(self.model, controls)
        self.panel.title_changed.connect(self.titles.append)
        (self.view,) = self.panel.findChildren(QTreeWidget, "problems.view")
        (self.filter,) = self.panel.findChildren(QLineEdit, "problems.filter")
        self.panel.show()

    def find(self, file: str, *found: Diagnostic, source: str = "check") -> None:
        self.model.set_diagnostics(FileDiagnostics(file, found, source))

    def row(self, number: int) -> QTreeWidgetItem:
        item = self.view.topLevelItem(number)
        assert item is not None
        return item

    def rows(self) -> list[str]:
        items = [self.row(number) for number in range(self.view.topLevelItemCount())]
        return [f"{item.text(0)} {item.text(1)} {item.text(2)}".strip() for item in items]


@pytest.fixture
def desk() -> Iterator[Desk]:
    make_application()
    made = Desk()
    yield made
    made.panel.hide()
    made.panel.deleteLater()
    QApplication.processEvents()


def finding(message: str, line: int, column: int = 1, severity: Severity = Severity.ERROR) -> Diagnostic:
    return Diagnostic(
        severity=severity, message=message, line=line, column=column, end_column=column + 1, code="kind"
    )


def test_errors_come_first_and_each_thing_once(desk: Desk) -> None:
    desk.find("/x/b.lua", finding("late", 9), finding("soft", 1, severity=Severity.WARNING))
    desk.find("/x/a.lua", finding("early", 2, 5))
    desk.find("/x/a.lua", finding("early", 2, 5), source="run")
    assert desk.rows() == ["early 2:5 a.lua", "late 9:1 b.lua", "soft 1:1 b.lua"]
    assert desk.titles[-1] == "Problems 3"
    desk.find("/x/b.lua")
    desk.find("/x/a.lua")
    desk.find("/x/a.lua", source="run")
    assert desk.rows() == []
    assert desk.titles[-1] == "Problems"


def test_filter_and_keys_lead_to_the_place(desk: Desk) -> None:
    desk.find("a.lua", finding("no method", 1), finding("no name", 4, 7))
    desk.filter.setText("NAME")
    assert desk.rows() == ["no name 4:7 a.lua"]
    assert desk.titles[-1] == "Problems 1 of 2"
    QTest.keyClick(desk.filter, Qt.Key.Key_Return)
    QTest.keyClick(desk.view, Qt.Key.Key_Return)
    assert desk.places == [("a.lua", 4, 7)]
    QTest.keyClick(desk.filter, Qt.Key.Key_Escape)
    assert len(desk.rows()) == 2
    assert desk.view.currentItem() is desk.row(1)  # stays chosen


def test_copy(desk: Desk) -> None:
    desk.find("a.lua", finding("one", 1), finding("two", 4, 7))
    desk.panel.copy()
    assert QGuiApplication.clipboard().text() == "a.lua:1:1: error: one [kind]\na.lua:4:7: error: two [kind]"
    desk.row(1).setSelected(True)
    desk.panel.copy()
    assert QGuiApplication.clipboard().text() == "a.lua:4:7: error: two [kind]"


def test_a_flood_is_cut_and_counted(desk: Desk) -> None:
    desk.find("a.lua", *(finding(f"x{number}", number) for number in range(1, MOST_SHOWN + 501)))
    assert len(desk.rows()) == MOST_SHOWN + 1
    assert desk.rows()[-1] == "and 500 more"
    assert desk.titles[-1] == f"Problems {MOST_SHOWN + 500}"
