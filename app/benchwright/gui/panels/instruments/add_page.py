"""The page to add an instrument: what is plugged in, a form, and the file that it goes into."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from benchwright.core.errors import ArgumentError, BenchwrightError
from benchwright.core.operator_messages import AskIdentity
from benchwright.gui import theme
from benchwright.gui.background import in_background
from benchwright.gui.controls import Controls
from benchwright.gui.engine_thread import Answered
from benchwright.gui.panels.instruments.add_form import AddForm
from benchwright.gui.panels.instruments.driver_info import all_drivers
from benchwright.gui.panels.instruments.found_ports import FoundPorts
from benchwright.gui.session import RunModel
from benchwright.gui.widgets.named import named
from benchwright.gui.widgets.switch import Switch
from benchwright.instruments.discovery import FoundPort

_CHECK_MS: Final = 300


class AddPage(QWidget):
    """Writes a new instrument into the configuration; what would not be valid changes nothing."""

    closed = Signal()
    added = Signal(str, object)  # the instrument's name, Path of the configuration

    def __init__(self, model: RunModel, controls: Controls) -> None:
        super().__init__()
        self.setObjectName("instruments.add")
        self.setAccessibleName("Add an instrument")
        self._model = model
        self._controls = controls
        self._path = Path()
        self._asked: AskIdentity | None = None
        self._checks = 0  # the answer to an older check is passed over
        self.ports = FoundPorts()
        self.form = AddForm()
        self._back = QToolButton()
        self._file = QLabel()
        self._keeps_demo = Switch("Keep the demo instruments beside it")
        self._problem = QLabel()
        self._add = QPushButton()
        self._timer = QTimer(self)
        self._arrange()
        self._connect()
        in_background("drivers", all_drivers, self.form.set_drivers, owner=self)

    def _arrange(self) -> None:
        self._back.setText("← Instruments")
        named(self._back, "add.back", "Back to the instruments")
        self._back.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._file.setWordWrap(True)
        self._file.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self._file.setObjectName("add.file")
        named(self._keeps_demo, "add.keeps_demo", self._keeps_demo.text())
        self._problem.setWordWrap(True)
        self._problem.setObjectName("add.problem")
        self._problem.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._add.setObjectName("add.add")
        self._timer.setSingleShot(True)
        self._timer.setInterval(_CHECK_MS)
        head = QHBoxLayout()
        head.addWidget(self._back)
        head.addStretch(1)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self._add)
        layout = QVBoxLayout(self)
        space = self.fontMetrics().height() // 2
        layout.setContentsMargins(space, space, space, space)
        layout.setSpacing(space)
        layout.addLayout(head)
        layout.addWidget(_title("Found on this computer"))
        layout.addWidget(self.ports)
        layout.addWidget(_title("New instrument"))
        layout.addWidget(self.form)
        layout.addWidget(self._file)
        layout.addWidget(self._keeps_demo)
        layout.addWidget(self._problem)
        layout.addLayout(buttons)
        layout.addStretch(1)

    def _connect(self) -> None:
        self._back.clicked.connect(self.closed)
        self.ports.chosen.connect(self._use_port)
        self.form.changed.connect(self._timer.start)
        self.form.identity_wanted.connect(self._ask)
        self._keeps_demo.toggled.connect(self._timer.start)
        self._timer.timeout.connect(self._check)
        self._add.clicked.connect(self._write)
        self._model.answered.connect(self._on_answer)

    def open(self, path: Path) -> None:
        """Begin anew, with the configuration that the bench runs with or that is to be made."""
        self._path = path
        is_new = not path.exists()
        self.ports.configured = {each.link: name for name, each in self._model.described.items()}
        self._keeps_demo.setVisible(is_new)
        self._keeps_demo.setChecked(False)
        self._file.setText(
            f"The bench runs on the built-in demo instruments. This makes a configuration of its own for it, "
            f"without them unless they are kept: {path}"
            if is_new
            else f"Goes into {path}"
        )
        self._add.setText(f"Make {path.name}" if is_new else f"Add to {path.name}")
        self._tell("")
        self.form.clear()
        if not self.ports.scan.is_running:
            self.ports.toggle()
        self.form.name.setFocus()

    # --- who is there --------------------------------------------------------------------------------------

    def _use_port(self, port: FoundPort) -> None:
        self.form.use_port(port, self.ports.library.currentData())

    def _ask(self) -> None:
        if self._asked is None and self.form.link.text().strip():
            self._asked = AskIdentity(
                link=self.form.address(), usb=self.form.usb, visa_library=self.form.visa_library
            )
            self.form.ask.setEnabled(False)
            self.form.tell_identity("asking…")
            self._controls.ask(self._asked)

    def _on_answer(self, answered: Answered) -> None:
        if self._asked is not None and answered.request is self._asked:
            self._asked = None
            self.form.ask.setEnabled(True)
            error = answered.error
            self.form.tell_identity(str(answered.value) if error is None else error.message)

    # --- the file ------------------------------------------------------------------------------------------

    def _check(self) -> None:
        """Say what the configuration's reader would say, once there is something to judge."""
        self._checks += 1
        if not self.form.is_begun or self.form.info is None:
            self._tell("")
            return
        self._with_draft(write=False)

    def _write(self) -> None:
        self._checks += 1
        self._with_draft(write=True)

    def _with_draft(self, *, write: bool) -> None:
        from benchwright.bench.config_file import add_instrument, text_with_instrument

        try:
            draft = self.form.draft()
        except ArgumentError as error:
            self._tell(error.message)
            return
        path, keeps_demo, check = self._path, self._keeps_demo.isChecked(), self._checks

        def failed(error: BenchwrightError) -> None:
            if check == self._checks:
                self._tell(error.message)

        if write:
            in_background(
                "add instrument",
                lambda: add_instrument(path, draft, keeps_demo=keeps_demo),
                lambda _: self.added.emit(draft.name, path),
                failed,
                self,
            )
        else:
            in_background(
                "check instrument",
                lambda: text_with_instrument(path, draft, keeps_demo=keeps_demo),
                lambda _: self._tell("") if check == self._checks else None,
                failed,
                self,
            )

    def _tell(self, problem: str) -> None:
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self._problem.setStyleSheet(f"color: {theme.current().error}")


def _title(text: str) -> QLabel:
    label = QLabel(f"<b>{text}</b>")
    label.setContentsMargins(0, label.fontMetrics().height() // 3, 0, 0)
    return label
