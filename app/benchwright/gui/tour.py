"""The first minutes with the window: a line that says what to try next, and follows what is really done."""

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from benchwright.core.run_states import RunState
from benchwright.gui.session import RunModel
from benchwright.gui.widgets.wrapped_label import WrappedLabel


class Step(NamedTuple):
    """One thing to try; it is done when `is_done` holds after something happened."""

    text: str
    is_done: Callable[[RunModel], bool]


STEPS = (
    Step(
        "Press <b>F5</b>. The script in the editor turns a polariser and reads the light behind it; "
        "the instruments are simulated, nothing can break.",
        lambda model: model.run.is_active and model.run.rows > 0,
    ),
    Step(
        "Watch the plot: each point is a row that the script recorded, and the curve is <b>Malus' law</b>. "
        "The marked line is the one that runs.",
        lambda model: model.run.state is RunState.COMPLETED,
    ),
    Step(
        "Make a mistake: take the <b>e</b> from <b>move_absolute</b>. A red line appears below the word; "
        "hold the pointer over it.",
        lambda model: any(source == "check" for _, source in model.diagnostics),
    ),
    Step(
        "Take it back with <b>Ctrl+Z</b> until the red line is gone.",
        lambda model: not any(source == "check" for _, source in model.diagnostics),
    ),
    Step(
        "Run it again (<b>F5</b>), and cancel it on its way: <b>Shift+F5</b>.",
        lambda model: model.run.state is RunState.CANCELLED,
    ),
    Step(
        "The red button, <b>Pause</b> or <b>Ctrl+Shift+Space</b> stop everything at once, whatever goes "
        "on. Press it.",
        lambda model: model.emergency.latched,
    ),
    Step(
        "Every instrument is in its safe state, and no command is accepted. <b>Reset…</b> lets them go on.",
        lambda model: not model.emergency.latched,
    ),
)
_END = (
    "That is all it takes. More examples are in the library on the left; <b>Ctrl+Shift+P</b> finds every "
    "command, <b>F1</b> opens the documentation."
)


class Tour(QFrame):
    """Shows one step at a time, in a strip of the window; gone for good once it is done or ended.

    Args:
        model: what happens.
    """

    filled = Signal(bool)  # whether it is there
    ended = Signal()  # done, or no longer wanted

    def __init__(self, model: RunModel, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("tour")
        self.setAccessibleName("Tour")
        self.setProperty("banner", "tour")
        self._model = model
        self._step = -1
        self._text = WrappedLabel("", self)
        self._text.setObjectName("tour.text")
        self._text.setTextFormat(Qt.TextFormat.RichText)
        self._count = QLabel(self)
        self._count.setEnabled(False)
        self._skip = QPushButton("Skip", self)
        self._skip.setObjectName("tour.skip")
        self._skip.setToolTip("Go on without doing this")
        self._end = QPushButton("End the tour", self)
        self._end.setObjectName("tour.end")
        self._skip.clicked.connect(self._next)
        self._end.clicked.connect(self.end)
        row = QHBoxLayout()
        row.addWidget(self._count)
        row.addWidget(self._text, 1)
        row.addWidget(self._skip)
        row.addWidget(self._end)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 6, 12, 6)
        layout.addLayout(row)
        for signal in (
            model.run_changed,
            model.rows_arrived,
            model.diagnostics_changed,
            model.emergency_changed,
        ):
            signal.connect(self._look)

    @property
    def step(self) -> int:
        """The step that is shown, counted from 0; -1 for none."""
        return self._step

    def start(self) -> None:
        """Begin at the first step."""
        self._show(0)

    def end(self) -> None:
        """Be gone, for good."""
        was_there = self._step >= 0
        self._step = -1
        self.filled.emit(False)
        if was_there:
            self.ended.emit()

    def _next(self) -> None:
        self._show(self._step + 1)

    def _look(self, _: object = None) -> None:
        if 0 <= self._step < len(STEPS) and STEPS[self._step].is_done(self._model):
            self._next()

    def _show(self, step: int) -> None:
        self._step = step
        is_over = step >= len(STEPS)
        self._text.setText(_END if is_over else STEPS[step].text)
        self._count.setText("" if is_over else f"{step + 1} of {len(STEPS)}")
        self._skip.setVisible(not is_over)
        self._end.setText("Close" if is_over else "End the tour")
        self.filled.emit(True)
