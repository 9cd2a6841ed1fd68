"""The instruments panel: state, live values, and calls by hand that go to the bench as requests."""

from collections.abc import Iterator
from time import monotonic
from typing import TypeVar

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QWidget,
)

from benchwright.core.errors import BenchwrightError, LinkError
from benchwright.core.events import InstrumentStateChanged, TelemetryRead
from benchwright.core.operator_messages import (
    CallInstrument,
    ConnectInstrument,
    DescribeInstruments,
    OperatorRequest,
)
from benchwright.core.values import Value
from benchwright.gui.controls import Controls
from benchwright.gui.engine_thread import Answered, BenchAttached, BenchLost
from benchwright.gui.panels.instruments.method_row import MethodRow
from benchwright.gui.panels.instruments.panel import InstrumentsPanel
from benchwright.gui.panels.instruments.reading import reading, result_text
from benchwright.gui.session import RunModel
from benchwright.instruments.config import Config

W = TypeVar("W", bound=QWidget)


@pytest.fixture(scope="module")
def application() -> QApplication:
    existing = QApplication.instance()
    return existing if isinstance(existing, QApplication) else QApplication([])


class Desk:
    """A panel on a bench that is played by the test."""

    def __init__(self) -> None:
        self.model = RunModel()
        self.asked: list[OperatorRequest] = []
        self.panel = InstrumentsPanel(self.model, Controls(self.asked.append))
        self.panel.resize(520, 600)
        self.panel.show()

    def attach(self) -> None:
        self.model.happened(BenchAttached({}))
        described: list[Value] = [
            {"descriptor": msgspec.to_builtins(each), "state": "closed", "link": "sim://"}
            for each in Config.demo().describe().values()
        ]
        self.answer(described)

    def answer(self, value: Value = None, error: BenchwrightError | None = None) -> None:
        self.model.happened(Answered(self.asked[-1], value, error))

    def state(self, name: str, state: str, message: str = "") -> None:
        self.model.happened(InstrumentStateChanged(name=name, state=state, message=message))

    def find(self, kind: type[W], name: str, within: QWidget | None = None) -> W:
        found = (within or self.panel).findChild(kind, name)
        assert found is not None, name
        return found

    def card(self, name: str) -> QWidget:
        return self.find(QWidget, f"instrument.{name}")

    def link(self, name: str) -> QToolButton:
        return self.find(QToolButton, "instrument.link", self.card(name))

    def unfold(self, name: str) -> None:
        QTest.mouseClick(
            self.find(QToolButton, "instrument.unfold", self.card(name)), Qt.MouseButton.LeftButton
        )

    def row(self, instrument: str, method: str) -> MethodRow:
        return self.find(MethodRow, f"method.{instrument}.{method}")

    def texts(self, name: str) -> str:
        shown = [label.text() for label in self.card(name).findChildren(QLabel) if not label.isHidden()]
        return " | ".join(shown)


@pytest.fixture
def desk(application: QApplication) -> Iterator[Desk]:
    made = Desk()
    yield made
    made.panel.close()
    made.panel.deleteLater()
    QTest.qWait(1)


def click(button: QPushButton | QToolButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


# --- values in words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (45.0, "deg", "45.000 deg"),
        (1.20413e-3, "W", "1.2041 mW"),
        (-12.5, "V", "-12.500 V"),
        (1000.0, "V", "1.0000 kV"),
        (0.0, "A", "0.0000 A"),
        (123456.0, "", "123456"),
        (1e-9, "mm", "1.0000e-09 mm"),
        (None, "V", "–"),
        (float("nan"), "V", "nan V"),
        (-0.0, "A", "0.0000 A"),
        (1e-30, "W", "1.0000e-18 pW"),
        (0.000999996, "W", "1.0000 mW"),
        (-99.9999, "deg", "-100.00 deg"),
    ],
)
def test_reading(value: float | None, unit: str, text: str) -> None:
    assert reading(value, unit) == text


def test_results_are_one_line() -> None:
    assert result_text(None, "") == "done"
    assert result_text(True, "") == "true"
    assert result_text(633, "nm") == "633 nm"
    assert result_text({"busy": False, "code": 3}, "") == "busy false, code 3"
    assert result_text([1.5, 2.0], "") == "1.5, 2"
    assert result_text("ESP300", "") == "ESP300"


# --- the list -----------------------------------------------------------------------------------------------


def test_without_a_bench_the_panel_says_so(desk: Desk) -> None:
    label = desk.find(QLabel, "instruments.empty")
    assert label.isVisible()
    assert "No bench" in label.text()


def test_bench_without_instruments_says_what_to_do(desk: Desk) -> None:
    desk.model.happened(BenchAttached({}))
    desk.answer([])
    label = desk.find(QLabel, "instruments.empty")
    assert label.isVisible()
    assert "configuration" in label.text()


def test_attached_bench_is_asked_for_its_instruments(desk: Desk) -> None:
    desk.attach()
    assert isinstance(desk.asked[0], DescribeInstruments)
    for name in Config.demo().instruments:
        assert "not connected" in desk.texts(name)


def test_state_of_a_link_is_a_word_and_its_reason(desk: Desk) -> None:
    desk.attach()
    desk.state("esp300", "connected")
    desk.state("supply", "lost", "supply: nobody answers")
    assert "connected" in desk.texts("esp300")
    assert "link lost" in desk.texts("supply")
    assert "supply: nobody answers" in desk.texts("supply")
    desk.state("supply", "connected")
    assert "nobody answers" not in desk.texts("supply")


def test_telemetry_is_shown_and_gone_with_the_link(desk: Desk) -> None:
    desk.attach()
    desk.state("newport", "connected")
    desk.model.happened(
        TelemetryRead(values={"newport.power": 1.5e-3, "no.such": 1.0}, units={"newport.power": "W"})
    )
    value = desk.find(QLabel, "telemetry.newport.power")
    deadline_s = monotonic() + 10
    while value.text() == "–" and monotonic() < deadline_s:
        QTest.qWait(10)
    assert value.text() == "1.5000 mW"
    desk.state("newport", "closed")
    assert value.text() == "–"


@pytest.mark.parametrize(
    ("state", "text"), [("closed", "connect"), ("connected", "disconnect"), ("lost", "reconnect")]
)
def test_link_button_asks_once_for_what_it_says(desk: Desk, state: str, text: str) -> None:
    desk.attach()
    desk.state("esp300", state)
    click(desk.link("esp300"))
    click(desk.link("esp300"))
    requests = [each for each in desk.asked if isinstance(each, ConnectInstrument)]
    assert [(each.name, each.action) for each in requests] == [("esp300", text)]
    desk.answer(error=LinkError("esp300", "nobody answers at sim://esp300"))
    assert "nobody answers" in desk.texts("esp300")
    assert desk.link("esp300").isEnabled()


# --- control by hand ----------------------------------------------------------------------------------------


def test_form_has_a_row_per_method_with_fields_that_fit(desk: Desk) -> None:
    desk.attach()
    desk.unfold("newport")
    for method in Config.demo().describe()["newport"].methods:
        assert desk.row("newport", method.name).button.isVisible()
    card = desk.card("newport")
    assert desk.find(QLineEdit, "parameter.wavelength", card).placeholderText() == "300 … 1800"
    units = desk.find(QComboBox, "parameter.units", card)
    assert [units.itemText(i) for i in range(units.count())] == ["W", "dB", "dBm", "REL"]
    assert not desk.find(QCheckBox, "parameter.fitted", card).isChecked()


def test_call_goes_to_the_bench_with_checked_values(desk: Desk) -> None:
    desk.attach()
    desk.unfold("esp300")
    row = desk.row("esp300", "move_absolute")
    field = row.fields[0].input
    QTest.keyClicks(field, "90")
    QTest.keyClick(field, Qt.Key.Key_Return)
    request = desk.asked[-1]
    assert isinstance(request, CallInstrument)
    assert (request.name, request.method, request.args) == ("esp300", "move_absolute", [90.0, True])
    assert not row.button.isEnabled()
    desk.answer()
    assert row.result.text() == "done"
    assert row.button.isEnabled()


def test_value_that_does_not_fit_is_said_and_not_sent(desk: Desk) -> None:
    desk.attach()
    desk.unfold("newport")
    row = desk.row("newport", "set_wavelength")
    before = len(desk.asked)
    click(row.button)
    assert row.problem.isVisible()
    QTest.keyClicks(row.fields[0].input, "5000")
    click(row.button)
    assert row.problem.text() == "wavelength must be a whole number from 300 to 1800 nm, found 5000"
    assert len(desk.asked) == before


def test_answers_find_the_row_that_asked(desk: Desk) -> None:
    desk.attach()
    desk.unfold("supply")
    voltage, current = desk.row("supply", "measure_voltage"), desk.row("supply", "measure_current")
    click(voltage.button)
    first = desk.asked[-1]
    click(current.button)
    desk.answer(error=LinkError("supply", "no reply within 2 s"))
    desk.model.happened(Answered(first, 5.0, None))
    assert voltage.result.text() == "5.0000 V"
    assert "no reply" in current.problem.text()


def test_lost_bench_frees_what_waited(desk: Desk) -> None:
    desk.attach()
    desk.unfold("supply")
    row = desk.row("supply", "measure_voltage")
    click(row.button)
    desk.model.happened(BenchLost("the bench is gone"))
    assert row.button.isEnabled()
    assert "gone" in row.problem.text()
    assert "not connected" in desk.texts("supply")


def test_unfolded_instruments_are_remembered(desk: Desk) -> None:
    desk.attach()
    desk.unfold("board")
    assert desk.panel.save_state()["unfolded"] == ["board"]
    other = Desk()
    other.panel.restore_state({"unfolded": ["board", 3]})
    assert other.panel.save_state()["unfolded"] == ["board"]  # also before a bench answers
    other.attach()
    assert other.panel.save_state()["unfolded"] == ["board"]
    other.panel.deleteLater()


@pytest.mark.parametrize("state", [{}, {"unfolded": 5, "console": 3, "console_open": "yes"}])
def test_strange_state_is_passed_over(desk: Desk, state: dict[str, Value]) -> None:
    desk.panel.restore_state(state)
    desk.attach()
    assert desk.panel.save_state()["unfolded"] == []


def test_every_control_has_an_accessible_name(desk: Desk) -> None:
    desk.attach()
    for name in Config.demo().instruments:
        desk.unfold(name)
        card = desk.card(name)
        inputs = [
            *card.findChildren(QLineEdit),
            *card.findChildren(QComboBox),
            *card.findChildren(QCheckBox),
            *card.findChildren(QPushButton),
            *card.findChildren(QToolButton),
        ]
        assert all(each.accessibleName() for each in inputs)
