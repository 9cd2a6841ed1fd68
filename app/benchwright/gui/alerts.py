"""Tells of what needs a person: emergency stop, lost bench, grants, questions of scripts."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from benchwright.bench.safety.safety_line import SafetyReply
from benchwright.core.errors import ConfigurationError
from benchwright.core.events import EmergencyChanged, InstrumentStopped, QuestionAsked, StopPolicyApplied
from benchwright.core.operator_messages import AnswerQuestion
from benchwright.gui.background import in_background
from benchwright.gui.banners import Banners, Choice
from benchwright.gui.controls import Controls
from benchwright.gui.emergency import SOURCE, EmergencyStopper
from benchwright.gui.engine_thread import BenchLost
from benchwright.gui.runner import Prepared, Runner
from benchwright.gui.session import RunModel
from benchwright.gui.widgets.stop_report import StopReport
from benchwright.gui.wording import grant_question

_AFTER_LOSS = "The instruments were put in their safe state without it:"


class Alerts(QObject):
    """Keeps the banners of a window in step with the model."""

    def __init__(
        self,
        banners: Banners,
        model: RunModel,
        controls: Controls,
        runner: Runner,
        stopper: EmergencyStopper,
        start_bench: Callable[[], None],
    ) -> None:
        super().__init__(banners)
        self._banners = banners
        self._model = model
        self._controls = controls
        self._runner = runner
        self._stopper = stopper
        self._start_bench = start_bench
        self._wishes = ""  # the file of the script that asks for its grants
        model.bench_changed.connect(self._on_bench)
        model.emergency_changed.connect(self._on_emergency)
        model.question_asked.connect(self._on_question)
        model.run_changed.connect(self._on_run)
        model.instruments_stopped.connect(self._on_stop_policy)
        runner.grant_wanted.connect(self._on_grant)
        runner.refused.connect(lambda text: self.tell_error("run", text))
        stopper.acknowledged.connect(self._on_pressed)
        stopper.reported.connect(self._on_report)
        stopper.failed.connect(self._on_stop_failed)
        stopper.was_reset.connect(lambda: model.happened(EmergencyChanged(latched=False)))

    def tell_error(self, subject: str, text: str) -> None:
        """Show an error until it is dismissed."""
        choices = [Choice("Dismiss", lambda: self._banners.dismiss(subject))]
        self._banners.tell(subject, text, choices, is_error=True)

    def ask_reset(self, parent: QWidget) -> None:
        """Ask for confirmation, then release the emergency stop."""
        box = QMessageBox(parent)
        box.setObjectName("dialog.emergency_reset")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("Reset the emergency stop")
        box.setText("Let the instruments accept commands again?")
        box.setInformativeText("Make sure that nobody is in reach. Nothing moves by itself after the reset.")
        reset = box.addButton("Reset", QMessageBox.ButtonRole.AcceptRole)
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(cancel)
        reset.clicked.connect(self._stopper.reset)
        box.open()

    # --- the emergency stop ---

    def _on_pressed(self) -> None:
        self._model.happened(EmergencyChanged(latched=True, source=SOURCE))

    def _on_report(self, reply: SafetyReply) -> None:
        instruments = [InstrumentStopped(**each) for each in reply.instruments]
        self._model.happened(EmergencyChanged(latched=True, source=SOURCE, instruments=instruments))
        if reply.unlatched:
            self.tell_error("latch", f"The next bench will not know of the emergency stop: {reply.unlatched}")

    def _on_stop_failed(self, text: str) -> None:
        self.tell_error("stop failed", f"EMERGENCY STOP: {text}. Use the instruments' own switches.")

    def _on_emergency(self, event: EmergencyChanged) -> None:
        self._banners.dismiss("stop failed")
        if not event.latched:
            self._banners.dismiss("emergency")
            self._controls.message_wanted.emit("The emergency stop is reset")
            return
        by = f" by {event.source}" if event.source else ""
        text = (
            f"Emergency stop{by} at {event.utc.astimezone():%H:%M:%S}. "
            "No command is accepted until it is reset."
        )
        self._banners.tell(
            "emergency",
            text,
            [Choice("Reset…", lambda: self.ask_reset(self._banners.window()), "banner.reset")],
            is_error=True,
            detail=StopReport(event.instruments) if event.instruments else None,
        )

    # --- the rest ---

    def _on_bench(self) -> None:
        bench = self._model.bench
        if not isinstance(bench, BenchLost):
            self._banners.dismiss("bench")
            return
        choices = [Choice("Start a new bench", self._start_bench, "banner.start_bench")]
        file = bench.config_file
        if file is not None and file.is_file():
            choices.insert(
                0, Choice(f"Open {file.name}", lambda: self._show_fault(file), "banner.open_config")
            )
        self._banners.tell(
            "bench",
            f"No bench: {bench.reason}. {_AFTER_LOSS if bench.instruments else ''}".rstrip(),
            choices,
            is_error=True,
            detail=StopReport(bench.instruments) if bench.instruments else None,
        )

    def _show_fault(self, config_file: Path) -> None:
        def show(line: int) -> None:
            self._controls.place_wanted.emit(config_file, line, 1)

        in_background("configuration", lambda: _faulty_line(config_file), show, owner=self)

    def _on_run(self) -> None:
        if self._model.is_busy:
            for subject in ("run", "grant", "policy"):
                self._banners.dismiss(subject)
        else:
            self._banners.dismiss("question")

    def _on_stop_policy(self, event: StopPolicyApplied) -> None:
        if any(each.outcome != "safe" for each in event.instruments):
            choices = [Choice("Dismiss", lambda: self._banners.dismiss("policy"))]
            text = f"Not every instrument could be treated as wished after the stop ({event.policy})."
            self._banners.tell("policy", text, choices, is_error=True, detail=StopReport(event.instruments))

    def _on_question(self, event: QuestionAsked) -> None:
        def answered(choice: str) -> None:
            self._controls.ask(
                AnswerQuestion(run_id=event.run_id, question_id=event.question_id, answer=choice)
            )
            self._banners.dismiss("question")

        choices = [Choice(text, lambda text=text: answered(text)) for text in event.choices or ["OK"]]  # type: ignore[misc]
        self._banners.tell("question", event.question, choices)

    def forget_grant(self, file: str) -> None:
        """Ask no more for a script whose text has changed since: what would run is not what is seen."""
        if file == self._wishes:
            self._banners.dismiss("grant")

    def _on_grant(self, prepared: Prepared) -> None:
        self._wishes = prepared.file
        self._banners.tell(
            "grant",
            grant_question(prepared.script, self._model.descriptors, prepared.unfenced),
            [
                Choice("Allow and run", lambda: self._runner.allow(prepared), "banner.allow"),
                Choice("Not now", lambda: self._banners.dismiss("grant")),
            ],
        )


def _faulty_line(config_file: Path) -> int:
    """Return the line of a configuration that a bench cannot start with."""
    from benchwright.instruments.config import Config

    try:
        Config.from_file(config_file)
    except ConfigurationError as error:
        return error.file_line or 1
    return 1
