"""The bench behind `benchwright schedule`: what these commands ask of it, and how they show a schedule."""

from argparse import Namespace
from datetime import datetime
from pathlib import Path, PurePath
from typing import Any

import msgspec

from benchwright.bench.operators.client import BenchClient
from benchwright.bench.operators.launch import attach
from benchwright.bench.scripts.script_file import read_script
from benchwright.cli.command import data_folder, is_interactive
from benchwright.cli.console import Console, printable
from benchwright.cli.grants import asked_grant
from benchwright.core.errors import GrantNeeded, ScheduleNotFound, did_you_mean
from benchwright.core.operator_messages import ChangeSchedule, ListSchedules, OperatorRequest
from benchwright.core.schedule_texts import schedule_text
from benchwright.core.scheduled_execution import ScheduledExecution, ScheduleOverview, ScheduleStatus


class ScheduleBench:
    """The bench of the data folder, and what these commands ask of it."""

    def __init__(self, arguments: Namespace, console: Console) -> None:
        self._arguments = arguments
        self._console = console
        self.folder = data_folder(arguments)
        self._client: BenchClient | None = None

    def __enter__(self) -> "ScheduleBench":
        self._client = attach(self.folder, self._arguments.config)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._client is not None
        self._client.close()

    def ask(self, request: OperatorRequest) -> Any:
        """Ask the bench."""
        assert self._client is not None
        return self._client.request(request)

    def overview(self) -> ScheduleOverview:
        """Return all schedules."""
        return msgspec.convert(self.ask(ListSchedules()), ScheduleOverview)

    def find(self, name: str) -> ScheduleStatus:
        """Return the schedule that a person means.

        Raises:
            ScheduleNotFound: there is none of that name or id, or there are several.
        """
        schedules = self.overview().schedules
        found = [each for each in schedules if name in (each.execution.id, each.execution.name)]
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(each.execution.id for each in found)
            raise ScheduleNotFound(f"{len(found)} schedules are called {name!r}; say which by its id: {ids}")
        hint = did_you_mean(name, [each.execution.name for each in schedules])
        raise ScheduleNotFound(f"there is no schedule {name!r}{hint}")

    def allow_again(self, execution: ScheduledExecution) -> None:
        """Grant to a script that changed what it asks for now, if the person wants that.

        Raises:
            GrantNeeded: there is nobody to ask, and no grant is given.
            PermissionDenied: the person does not want that.
            BenchwrightError: the script cannot be read.
        """
        script = read_script(Path(execution.script), self.folder.library)
        arguments = self._arguments
        if script.content_hash == execution.content_sha256 and arguments.grant is None:
            return
        if arguments.grant is None and not is_interactive(arguments):
            raise GrantNeeded(script.name)
        granted = asked_grant(arguments, script, self.folder, self._console)
        changed = msgspec.structs.replace(
            execution, permissions=tuple(sorted(granted)), content_sha256=script.content_hash
        )
        self.ask(ChangeSchedule(execution=changed))

    def show(self, done: str, schedule_id: str) -> None:
        """Show one schedule after something was done with it."""
        status = self.find(schedule_id)
        if self._arguments.json:
            self._console.json(summary(status))
            return
        coming = f", next run {_moment(status.next_run)}" if status.next_run else ""
        self._console.out(f"{done} {printable(status.execution.name)} ({schedule_id}){coming}")

    def note_if_not_run(self) -> None:
        """Say that this bench runs no schedules, if it does not."""
        if not self.overview().is_hosted:
            self._console.note("schedules run while the window or `benchwright serve` runs")


def summary(status: ScheduleStatus) -> dict[str, Any]:
    """Return a schedule as one JSON object."""
    content = msgspec.to_builtins(status.execution)
    rest = msgspec.to_builtins(status)
    del rest["execution"]
    return {"event": "schedule", **content, **rest}


def row(status: ScheduleStatus, suspended: str) -> dict[str, str]:
    """Return a schedule as a line of a table, by heading; `suspended` says by what all of them are."""
    execution = status.execution
    last = status.history[0] if status.history else None
    return {
        "id": execution.id,
        "name": execution.name,
        "script": PurePath(execution.script).name,
        "when": schedule_text(execution.schedule),
        "next": _moment(status.next_run) if status.next_run else "",
        "last": f"{_moment(last.planned)} {last.outcome or last.state}" if last else "never",
        "state": _state(status, suspended),
    }


def _state(status: ScheduleStatus, suspended: str) -> str:
    if status.held:
        return f"held back: {status.held}"
    if status.run_id:
        return "running"
    if not status.execution.enabled:
        return "off"
    return "suspended" if suspended else "on"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"
