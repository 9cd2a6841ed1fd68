"""The instruments panel: the state of each link, live values, control by hand, a console, new instruments."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace
from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from benchwright.core.events import InstrumentStateChanged, TelemetryRead
from benchwright.core.operator_messages import DescribeInstruments
from benchwright.gui import theme
from benchwright.gui.controls import Controls
from benchwright.gui.engine_thread import Answered, BenchAttached
from benchwright.gui.panel import Panel
from benchwright.gui.panels.instruments.card import InstrumentCard
from benchwright.gui.panels.instruments.config_notice import ConfigNotice
from benchwright.gui.session import RunModel
from benchwright.gui.session_values import DescribedInstrument
from benchwright.gui.widgets.named import named

if TYPE_CHECKING:
    from benchwright.gui.panels.instruments.add_page import AddPage
    from benchwright.gui.panels.instruments.traffic import TrafficConsole

_PACE_MS: Final = 100
_AGE_MS: Final = 1000
_MANY: Final = 8  # from here on there is a field to find an instrument
_LATCHED: Final = (
    "The emergency stop is latched: instruments are read, nothing acts on them until it is reset."
)


class InstrumentsPanel(Panel):
    """One card per instrument; every request goes to the bench, and nothing here waits for its answer."""

    def __init__(self, model: RunModel, controls: Controls) -> None:
        super().__init__()
        self.setObjectName("instruments.panel")
        self.setAccessibleName("Instruments")
        self._model = model
        self._controls = controls
        self._cards: dict[str, InstrumentCard] = {}
        self._unfolded: set[str] = set()
        self._fresh: dict[str, tuple[float | None, str]] = {}
        self._console: TrafficConsole | None = None
        self._console_state: dict[str, Any] = {}
        self._page: AddPage | None = None
        self._interval_s = 0.5  # between two readings of a channel
        self._pace = QTimer(self)
        self._age = QTimer(self)
        self._title = QLabel()
        self._find = QLineEdit()
        self._buttons = {name: QToolButton() for name in ("add", "edit", "console")}
        self._latched = QLabel(_LATCHED)
        self.notice = ConfigNotice(model, controls, self)
        self._empty = QLabel()
        self._list = QWidget()
        self._lines = QVBoxLayout(self._list)
        self._scroll = _Column(self._list)
        self._stack = QStackedWidget()
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._arrange()
        self._connect()
        self._rebuild()
        self._on_bench()

    # --- parts ---------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        self._empty.setObjectName("instruments.empty")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(0)
        self._lines.addStretch(1)
        self._latched.setObjectName("instruments.latched")
        self._latched.setWordWrap(True)
        space = self.fontMetrics().height() // 3
        self._latched.setContentsMargins(2 * space, space, 2 * space, space)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._scroll)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self._stack)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._head(space))
        layout.addWidget(self.notice)
        layout.addWidget(self._latched)
        layout.addWidget(self._splitter, 1)

    def _head(self, space: int) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(2 * space, space, space, space)
        row.setSpacing(space)
        self._title.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        named(self._find, "instruments.find", "Find an instrument")
        self._find.setPlaceholderText("Find")
        self._find.setClearButtonEnabled(True)
        row.addWidget(self._title)
        row.addWidget(self._find, 1)
        row.addStretch(1)
        for name, text, tip in (
            ("add", "Add…", "Look for what is plugged in, and add an instrument to the configuration"),
            ("edit", "Edit", "Open the configuration in the editor"),
            ("console", "Raw console", "See what goes over the links, and send raw commands"),
        ):
            button = self._buttons[name]
            button.setObjectName(f"instruments.{name}")
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            row.addWidget(button)
        self._buttons["console"].setCheckable(True)
        return row

    def _connect(self) -> None:
        model = self._model
        model.instruments_described.connect(self._rebuild)
        model.instrument_changed.connect(self._on_state)
        model.telemetry_arrived.connect(self._on_telemetry)
        model.answered.connect(self._on_answer)
        model.bench_changed.connect(self._on_bench)
        model.emergency_changed.connect(self._on_emergency)
        self._pace.setSingleShot(True)
        self._pace.setInterval(_PACE_MS)
        self._pace.timeout.connect(self._show_values)
        self._age.setInterval(_AGE_MS)
        self._age.timeout.connect(self._show_ages)
        self._age.start()
        self._find.textChanged.connect(self._filter)
        self._buttons["add"].clicked.connect(self.show_add_page)
        self._buttons["edit"].clicked.connect(self.edit_config)
        self._buttons["console"].toggled.connect(self.show_console)
        theme.watcher.changed.connect(self._on_emergency)
        self._on_emergency()

    # --- instruments ---------------------------------------------------------------------------------------

    def _rebuild(self) -> None:
        described = {name: replace(each, state="") for name, each in self._model.described.items()}
        if {name: card.described for name, card in self._cards.items()} != described:
            self._make_cards(described)
        for event in self._model.instrument_states.values():
            self._on_state(event)
        self._on_emergency()
        self._show_stack()

    def _make_cards(self, described: dict[str, DescribedInstrument]) -> None:
        unfolded = self._unfolded | {name for name, card in self._cards.items() if card.is_unfolded}
        for card in self._cards.values():
            card.setParent(None)
            card.deleteLater()
        self._cards = {name: InstrumentCard(each) for name, each in described.items()}
        for index, (name, card) in enumerate(self._cards.items()):
            self._lines.insertWidget(index, card)
            card.asked.connect(self._controls.ask)
            card.console_wanted.connect(self._show_console_of)
            card.unfold(name in unfolded)
        self._filter()

    def _on_state(self, event: InstrumentStateChanged) -> None:
        if event.name in self._cards:
            self._cards[event.name].show_state(event)

    def _on_bench(self) -> None:
        bench = self._model.bench
        if isinstance(bench, BenchAttached):
            interval_s = bench.status.get("telemetry_interval_s")
            self._interval_s = interval_s if isinstance(interval_s, float) else 0.5
            self._controls.ask(DescribeInstruments())
        else:
            for card in self._cards.values():
                card.forget()
        self._show_stack()

    def _on_emergency(self, _: object = None) -> None:
        self._latched.setVisible(
            self._model.emergency.latched and self._stack.currentWidget() is self._scroll
        )
        self._latched.setStyleSheet(
            f"color: {theme.current().error}; background: {theme.current().error_surface}"
        )
        for card in self._cards.values():
            card.set_latched(self._model.emergency.latched)

    def _filter(self, _: str = "") -> None:
        wanted = self._find.text().strip().lower() if self._find.isVisibleTo(self) else ""
        for name, card in self._cards.items():
            about = f"{name} {card.described.descriptor.maker} {card.described.descriptor.model}"
            card.setVisible(wanted in about.lower())

    def _show_stack(self) -> None:
        is_attached, count = self._model.is_attached, len(self._cards)
        self._empty.setText(
            "<p><b>No instruments</b></p>"
            "<p>Add… looks for what is plugged in and puts it into a configuration;<br>"
            "each gets its state, live values and controls here.</p>"
            if is_attached
            else "<p><b>No bench</b></p><p>The instruments appear as soon as a bench answers.</p>"
        )
        self._title.setText(f"{count} instrument{'' if count == 1 else 's'}" if count else "")
        self._title.setVisible(count < _MANY)
        self._find.setVisible(count >= _MANY)
        self._buttons["add"].setEnabled(is_attached)
        path = self.notice.path
        self._buttons["edit"].setEnabled(path is not None and path.exists())
        if (
            self._page is None
            or self._stack.currentWidget() is self._empty
            or not self._page.isVisibleTo(self)
        ):
            self._stack.setCurrentWidget(self._scroll if self._cards else self._empty)

    # --- values --------------------------------------------------------------------------------------------

    def _on_telemetry(self, event: TelemetryRead) -> None:
        for channel, value in event.values.items():
            self._fresh[channel] = (value, event.units.get(channel, ""))
        if not self._pace.isActive():
            self._pace.start()

    def _show_values(self) -> None:
        for channel, (value, unit) in self._fresh.items():
            card = self._cards.get(channel.partition(".")[0])
            if card is not None:
                card.show_value(channel, value, unit)
        self._fresh.clear()

    def _show_ages(self) -> None:
        for card in self._cards.values():
            card.show_age(self._interval_s)

    def _on_answer(self, answered: Answered) -> None:
        card = self._cards.get(getattr(answered.request, "name", ""))
        if card is not None:
            card.answered(answered)

    # --- console, new instruments, the file ----------------------------------------------------------------

    def show_console(self, shows: bool = True) -> None:
        """Open the console below the cards, or close it."""
        if shows:
            self.raise_wanted.emit()
        self._open_console(shows)

    def _open_console(self, shows: bool) -> None:
        if shows and self._console is None:
            from benchwright.gui.panels.instruments.traffic import TrafficConsole

            self._console = TrafficConsole(self._model, self._controls)
            self._console.restore_state(self._console_state)
            self._splitter.addWidget(self._console)
            self._splitter.setSizes([1, 1])
        if self._console is not None:
            self._console.setVisible(shows)
            self._console.open(shows)
        self._buttons["console"].setChecked(shows)

    def _show_console_of(self, name: str) -> None:
        self.show_console()
        if self._console is not None:
            self._console.choose(name)

    def show_add_page(self) -> None:
        """Show the page to add an instrument in place of the cards."""
        self.raise_wanted.emit()
        path = self.notice.path
        if path is None:
            self._controls.message_wanted.emit("There is no bench to add an instrument to.")
            return
        if self._page is None:
            from benchwright.gui.panels.instruments.add_page import AddPage

            self._page = AddPage(self._model, self._controls)
            self._page.closed.connect(self._leave_page)
            self._page.added.connect(self._on_added)
            self._stack.addWidget(_Column(self._page))
        self._stack.setCurrentIndex(self._stack.count() - 1)
        self._page.open(path)
        self._on_emergency()

    def _leave_page(self) -> None:
        self._stack.setCurrentWidget(self._scroll if self._cards else self._empty)
        self._buttons["add"].setFocus()
        self._on_emergency()

    def _on_added(self, name: str, path: Path) -> None:
        self._leave_page()
        self.notice.tell_added(name, path)
        self._show_stack()

    def edit_config(self) -> None:
        """Open the configuration in the editor."""
        path = self.notice.path
        if path is not None and path.exists():
            self._controls.file_wanted.emit(path)
        else:
            self._controls.message_wanted.emit("The bench has no configuration of its own: Add… makes one.")

    # --- state ---------------------------------------------------------------------------------------------

    def save_state(self) -> dict[str, Any]:
        """Return which instruments are unfolded, and the console's state."""
        shown = {name for name, card in self._cards.items() if card.is_unfolded}
        console = self._console_state if self._console is None else self._console.save_state()
        return {
            "unfolded": sorted(shown if self._cards else self._unfolded),
            "console": console,
            "console_open": self._buttons["console"].isChecked(),
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        """Unfold the instruments that were, and open the console if it was."""
        unfolded = state.get("unfolded", [])
        self._unfolded = (
            {name for name in unfolded if isinstance(name, str)} if isinstance(unfolded, list) else set()
        )
        for name, card in self._cards.items():
            card.unfold(name in self._unfolded)
        console = state.get("console")
        self._console_state = console if isinstance(console, dict) else {}
        if state.get("console_open") is True:
            self._open_console(True)


class _Column(QScrollArea):
    """Scrolls up and down only: never narrower than what is in it."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self._content = content
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)

    def minimumSizeHint(self) -> QSize:
        size = super().minimumSizeHint()
        width = self._content.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
        return QSize(width, size.height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)
