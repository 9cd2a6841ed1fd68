"""What stands in the form of a schedule, and what it comes to: an execution, or what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.library import ScriptManager
from benchwright.bench.scripts.scheduling import scheduled
from benchwright.bench.scripts.script_file import ScriptFile, read_script
from benchwright.bench.scripts.submission import RunOptions
from benchwright.core.errors import BenchwrightError, InvalidSchedule
from benchwright.core.permissions import parse_permissions
from benchwright.core.schedule_texts import interval_text, parse_interval
from benchwright.core.scheduled_execution import Missed, Overlap, ScheduledExecution
from benchwright.core.schedules import Cron, ExecutionSchedule, Interval, Manual, Once, occurrences
from benchwright.core.values import Value

PREVIEWED: Final = 5


class Kind(StrEnum):
    """The kinds of schedules, as the form words them."""

    INTERVAL = "Every"
    CRON = "At times"
    ONCE = "Once"
    MANUAL = "By hand"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The content of the form; moments have a time zone."""

    script: str = ""
    name: str = ""
    kind: Kind = Kind.INTERVAL
    every: str = "15 min"
    start: datetime
    expression: str = "0 9 * * mon-fri"
    zone: str = "UTC"
    at: datetime
    overlap: Overlap = Overlap.SKIP
    missed: Missed = Missed.SKIP
    timeout_s: float | None = None
    parameters: Mapping[str, Value] = field(default_factory=dict)

    def schedule(self) -> ExecutionSchedule:
        """Return the schedule that is meant.

        Raises:
            InvalidSchedule: it makes no sense.
        """
        schedule: ExecutionSchedule
        match self.kind:
            case Kind.INTERVAL:
                schedule = Interval(start=self.start, every_s=parse_interval(self.every))
            case Kind.CRON:
                schedule = Cron(expression=self.expression, time_zone=self.zone.strip())
            case Kind.ONCE:
                schedule = Once(at=self.at)
            case Kind.MANUAL:
                schedule = Manual()
        schedule.check()
        return schedule


class Examined(NamedTuple):
    """What a draft comes to; `coming` are its next times, `execution` is None while something is wrong."""

    script: ScriptFile | None = None
    execution: ScheduledExecution | None = None
    coming: tuple[datetime, ...] = ()
    time_problem: str = ""
    script_problem: str = ""


def examine(draft: Draft, data_dir: Path, now: datetime, before: ScheduledExecution | None) -> Examined:
    """Look at a draft and its script; takes as long as reading files does.

    Args:
        before: the schedule that is edited: what was granted to its script holds while that is the same.
    """
    schedule, coming, time_problem = _times(draft, now, before)
    if not draft.script.strip():
        return Examined(coming=coming, time_problem=time_problem)
    script: ScriptFile | None = None
    try:
        script = find_script(draft.script.strip(), data_dir)
        if schedule is None:
            return Examined(script=script, time_problem=time_problem)
        execution = _execution(draft, script, schedule, before)
    except BenchwrightError as error:
        return Examined(script, None, coming, time_problem, error.message)
    return Examined(script, execution, coming, time_problem)


def _times(
    draft: Draft, now: datetime, before: ScheduledExecution | None
) -> tuple[ExecutionSchedule | None, tuple[datetime, ...], str]:
    try:
        schedule = draft.schedule()
    except InvalidSchedule as error:
        return None, (), error.message
    coming = tuple(islice(occurrences(schedule, now), PREVIEWED))
    is_kept = before is not None and before.schedule == schedule
    if not coming and draft.kind is not Kind.MANUAL and not is_kept:
        return None, (), "this time is past"
    return schedule, coming, ""


def find_script(text: str, data_dir: Path) -> ScriptFile:
    """Return the script of a file, or of a name in the library.

    Raises:
        ScriptNotFound: there is none.
        MetadataError: its metadata is not valid.
    """
    path = Path(text).expanduser()
    if path.is_absolute() or path.exists():
        return read_script(path, DataFolder(data_dir).library)
    library = ScriptManager(DataFolder(data_dir).library)
    return library.load(library.find(text))


def _execution(
    draft: Draft, script: ScriptFile, schedule: ExecutionSchedule, before: ScheduledExecution | None
) -> ScheduledExecution:
    is_same = before is not None and before.content_sha256 == script.content_hash
    grant = parse_permissions(before.permissions) if before is not None and is_same else None
    execution = scheduled(
        script,
        schedule,
        RunOptions(
            parameters=draft.parameters,
            grant=grant,
            timeout_s=draft.timeout_s,
            preset=before.preset if before else None,
            on_stop=before.on_stop if before else None,
        ),
        name=draft.name.strip(),
        overlap=draft.overlap,
        missed=draft.missed,
    )
    if before is not None:
        execution = msgspec.structs.replace(execution, id=before.id, enabled=before.enabled)
    return execution


def draft_of(execution: ScheduledExecution, empty: Draft) -> Draft:
    """Return the draft that stands for a schedule; what its kind does not say is as in `empty`."""
    draft = replace(
        empty,
        script=execution.script,
        name=execution.name,
        overlap=execution.overlap,
        missed=execution.missed,
        timeout_s=execution.timeout_s,
        parameters=execution.parameters,
    )
    match execution.schedule:
        case Interval(start=start, every_s=every_s):
            return replace(draft, kind=Kind.INTERVAL, start=start, every=interval_text(every_s))
        case Cron(expression=expression, time_zone=zone):
            return replace(draft, kind=Kind.CRON, expression=expression, zone=zone)
        case Once(at=at):
            return replace(draft, kind=Kind.ONCE, at=at)
        case Manual():
            return replace(draft, kind=Kind.MANUAL)
