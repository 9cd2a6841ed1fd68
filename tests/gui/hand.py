"""What a person does in the instruments panel."""

from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit, QPushButton, QToolButton, QWidget

from benchwright.gui.main_window import MainWindow
from benchwright.gui.panels.instruments.method_row import MethodRow
from benchwright.gui.panels.instruments.panel import InstrumentsPanel
from tests.gui.shell import wait_until

W = TypeVar("W", bound=QWidget)


class Hand:
    """What a person does in the panel."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.panel = window.docks.panel(InstrumentsPanel)
        window.docks.raise_panel("instruments")
        wait_until(lambda: window.model.descriptors)

    def find(self, kind: type[W], name: str, within: QWidget | None = None) -> W:
        found = (within or self.panel).findChild(kind, name)
        assert found is not None, name
        return found

    def card(self, name: str) -> QWidget:
        return self.find(QWidget, f"instrument.{name}")

    def click(self, name: str, within: QWidget | None = None) -> None:
        buttons = [
            *(within or self.panel).findChildren(QToolButton, name),
            *(within or self.panel).findChildren(QPushButton, name),
        ]
        QTest.mouseClick(buttons[0], Qt.MouseButton.LeftButton)

    def row(self, instrument: str, method: str) -> MethodRow:
        unfold = self.find(QToolButton, "instrument.unfold", self.card(instrument))
        if not unfold.isChecked():
            unfold.click()
        return self.find(MethodRow, f"method.{instrument}.{method}")

    def call(self, instrument: str, method: str, *texts: str) -> MethodRow:
        row = self.row(instrument, method)
        for field, text in zip(row.fields, texts, strict=False):
            assert isinstance(field.input, QLineEdit)
            field.input.setText(text)
        row.button.click()
        return row

    def open_console(self, instrument: str) -> None:
        self.row(instrument, "identify")
        self.click("instrument.console", self.card(instrument))

    def send(self, text: str) -> None:
        line = self.find(QLineEdit, "traffic.input")
        line.setText(text)
        QTest.keyClick(line, Qt.Key.Key_Return)

    @property
    def traffic(self) -> str:
        return self.find(QPlainTextEdit, "traffic.view").toPlainText()

    @property
    def note(self) -> str:
        return self.find(QLabel, "traffic.note").text()
