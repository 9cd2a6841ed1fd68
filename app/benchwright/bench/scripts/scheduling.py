"""Turns a script file and what an operator asks for into a schedule for it."""

from collections.abc import Mapping

from benchwright.bench.scripts.script_file import ScriptFile
from benchwright.bench.scripts.submission import RunOptions, submission
from benchwright.core.scheduled_execution import Missed, Overlap, ScheduledExecution
from benchwright.core.schedules import ExecutionSchedule
from benchwright.core.values import Value


def scheduled(
    script: ScriptFile,
    schedule: ExecutionSchedule,
    options: RunOptions,
    *,
    name: str = "",
    overlap: Overlap = Overlap.SKIP,
    missed: Missed = Missed.SKIP,
) -> ScheduledExecution:
    """Return a schedule that runs `script` as it is now, and waits where it changed.

    Raises:
        InvalidSchedule: the schedule makes no sense.
        MetadataError: a parameter does not fit what the script declares, or the timeout is no time.
    """
    request = submission(script, options)
    given: Mapping[str, Value] = options.parameters  # a default that the script changes later counts anew
    execution = ScheduledExecution(
        name=name or script.path.stem,
        script=request.path,
        schedule=schedule,
        parameters={key: request.parameters[key] for key in given},
        permissions=tuple(request.grant),
        content_sha256=script.content_hash,
        timeout_s=options.timeout_s,
        preset=options.preset,
        on_stop=options.on_stop,
        overlap=overlap,
        missed=missed,
    )
    execution.check()
    return execution
