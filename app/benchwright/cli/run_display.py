"""Tells of a run while it goes on: for people, with a progress line and a summary at the end."""

import re
import time
from collections.abc import Callable
from typing import Any, Final

from benchwright.bench.scripts.script_file import ScriptFile
from benchwright.cli.console import Console, printable, shown_value
from benchwright.cli.excerpt import excerpt
from benchwright.core.errors import ErrorInfo
from benchwright.core.events import (
    AnyEvent,
    EmergencyChanged,
    InstrumentStateChanged,
    InstrumentStopped,
    LinesPrinted,
    LogWritten,
    ProgressMade,
    RowsRecorded,
    RunFinished,
    RunStateChanged,
    StopPolicyApplied,
)
from benchwright.core.run_states import RunState

_BAR_CELLS: Final = 20
_PLACES: Final = re.compile(
    r'^\s*(?:File "|\S+:\d+: in )', re.MULTILINE
)  # of a traceback, Python's and Lua's
_STATUS_AFTER_S: Final = 0.3  # a run that is over sooner needs no progress line
_STATUS_EVERY_S: Final = 0.1
_LOG_STYLES: Final = {"info": "dim", "warning": "yellow", "error": "red"}
_STOP_STYLES: Final = {"safe": "green", "unknown": "yellow", "failed": "red"}


class RunDisplay:
    """Shows a run's events to a person: what it prints on stdout, all else on stderr."""

    def __init__(self, console: Console, script: ScriptFile) -> None:
        self._console = console
        self._script = script
        self._began_s = time.monotonic()
        self._status_due_s = self._began_s + _STATUS_AFTER_S
        self._state = RunState.QUEUED
        self._rows = 0
        self._progress: ProgressMade | None = None
        self._show: dict[type, Callable[[Any], None]] = {
            LinesPrinted: self._show_lines,
            LogWritten: self._show_log,
            RowsRecorded: self._count_rows,
            ProgressMade: self._note_progress,
            RunStateChanged: self._note_state,
            InstrumentStateChanged: self._show_instrument,
            EmergencyChanged: self._show_emergency,
            StopPolicyApplied: self._show_policy,
            RunFinished: self._show_end,
        }

    def show(self, event: AnyEvent) -> None:
        """Show one event; kinds that say nothing to a person are passed over."""
        if show := self._show.get(type(event)):
            show(event)

    def tick(self) -> None:
        """Bring the progress line up to date, when it is due."""
        now_s = time.monotonic()
        if now_s < self._status_due_s:
            return
        self._status_due_s = now_s + _STATUS_EVERY_S
        rows = _rows(self._rows) if self._rows else ""
        parts = (self._progress_text(), rows, _duration(now_s - self._began_s))
        self._console.status("  ".join(part for part in parts if part))

    def _progress_text(self) -> str:
        progress = self._progress
        if self._state is not RunState.RUNNING or progress is None or not progress.total > 0:
            return str(self._state)
        fraction = min(max(progress.done / progress.total, 0.0), 1.0)
        filled = int(fraction * _BAR_CELLS)
        bar = "#" * filled + "." * (_BAR_CELLS - filled)
        return f"[{bar}] {fraction:4.0%}  {progress.done:g} of {progress.total:g}"

    # --- events ---

    def _show_lines(self, event: LinesPrinted) -> None:
        write = self._console.note if event.stream == "stderr" else self._console.out
        write("\n".join(map(printable, event.lines)))

    def _show_log(self, event: LogWritten) -> None:
        label = self._console.paint(f"{event.level}:", _LOG_STYLES.get(event.level, "dim"))
        self._console.note(f"{label} {printable(event.text)}")

    def _count_rows(self, event: RowsRecorded) -> None:
        self._rows = event.first + len(event.times_s)

    def _note_progress(self, event: ProgressMade) -> None:
        self._progress = event

    def _note_state(self, event: RunStateChanged) -> None:
        self._state = event.state
        if event.state is RunState.QUEUED and event.reason:
            self._console.note(f"waiting: {event.reason}")

    def _show_instrument(self, event: InstrumentStateChanged) -> None:
        if event.state == "lost":
            label = self._console.paint("warning:", "yellow")
            why = event.message.removeprefix(f"{event.name}: ")
            self._console.note(f"{label} {event.name}: no link: {why}")

    def _show_emergency(self, event: EmergencyChanged) -> None:
        if event.instruments:
            self._show_stopped(event.instruments)
        elif event.latched:
            self._console.note(self._console.paint(f"EMERGENCY STOP ({event.source})", "red", "bold"))

    def _show_policy(self, event: StopPolicyApplied) -> None:
        if event.instruments:
            self._console.note(f"instruments after the stop (on_stop = {event.policy}):")
            self._show_stopped(event.instruments)

    def _show_stopped(self, instruments: list[InstrumentStopped]) -> None:
        for line in stopped_lines(self._console, instruments):
            self._console.note(line)

    # --- the end ---

    def _show_end(self, event: RunFinished) -> None:
        if event.error is not None:
            self._show_error(event.error)
        if event.result is not None:
            self._console.note(f"result: {printable(shown_value(event.result))}")
        outcome = str(event.outcome).replace("_", " ")
        style = "green" if event.outcome is RunState.COMPLETED else "red"
        verb = "after" if event.outcome is not RunState.COMPLETED else "in"
        summary = f"{self._console.paint(outcome, style, 'bold')} {verb} {_duration(event.duration_s)}"
        self._console.note(
            f"{summary}: {_rows(event.rows)} in {event.data_path}" if event.data_path else summary
        )

    def _show_error(self, error: ErrorInfo) -> None:
        show_problem(
            self._console.note,
            self._console.paint,
            place=(self._script.name, error.line, error.column),
            severity="error",
            message=error.message,
            lines=excerpt(self._script.source, error.line, error.column) if error.line else [],
        )
        if error.traceback and len(_PLACES.findall(error.traceback)) > 1:  # not just the one shown above
            self._console.note("\n".join(map(printable, error.traceback.rstrip().split("\n"))))


Write = Callable[[str], None]
Paint = Callable[..., str]


def show_problem(
    write: Write,
    paint: Paint,
    *,
    place: tuple[str, int | None, int | None],
    severity: str,
    message: str,
    lines: list[str],
) -> None:
    """Show one problem: file, line and column as editors understand them, what it is, and the source."""
    where = ":".join(str(part) for part in place if part is not None)
    label = paint(f"{severity}:", "red" if severity == "error" else "yellow", "bold")
    write(f"{where}: {label} {printable(message)}")
    for line in lines[:1]:
        write(printable(line))
    for line in lines[1:]:
        write(paint(line, "green"))


def stopped_lines(console: Console, instruments: list[InstrumentStopped]) -> list[str]:
    """Return a line for each instrument: what became of it."""
    return [
        f"  {each.name}: {console.paint(each.outcome, _STOP_STYLES.get(each.outcome, 'red'))}"
        f" ({each.duration_s * 1000:.0f} ms)" + (f" {printable(each.message)}" if each.message else "")
        for each in instruments
    ]


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min {rest:02} s" if hours else f"{minutes} min {rest:02} s"
