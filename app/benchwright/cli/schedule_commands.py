"""`benchwright schedule`, but for `add`: what is done with the schedules that there are."""

from argparse import Namespace
from typing import Final

import msgspec

from benchwright.cli.console import Console, printable, table
from benchwright.cli.schedule_bench import ScheduleBench, row, summary
from benchwright.core.operator_messages import (
    EnableSchedule,
    PreviewSchedules,
    RemoveSchedule,
    ResumeSchedules,
    RunScheduleNow,
)
from benchwright.core.scheduled_execution import PlannedRun

_HEADINGS: Final = ("Id", "Name", "Script", "When", "Next", "Last", "State")


def list_all(arguments: Namespace) -> int:
    """Show the schedules; return the exit code."""
    console = Console()
    with ScheduleBench(arguments, console) as bench:
        overview = bench.overview()
        if arguments.json:
            console.json(*map(summary, overview.schedules))
        elif overview.schedules:
            rows = (row(each, overview.suspended) for each in overview.schedules)
            console.out("\n".join(table(rows, _HEADINGS)))
        else:
            console.note("no schedules yet")
        for problem in overview.problems:
            console.note(f"{console.paint('warning:', 'yellow')} {printable(problem)}")
        if overview.suspended:
            console.note(
                f"suspended by the emergency stop ({overview.suspended}); "
                "after its reset they go on with: benchwright schedule resume"
            )
        if overview.schedules:
            bench.note_if_not_run()
    return 0


def preview(arguments: Namespace) -> int:
    """Show the next runs; return the exit code."""
    console = Console()
    with ScheduleBench(arguments, console) as bench:
        schedule_id = bench.find(arguments.name).execution.id if arguments.name else ""
        found = bench.ask(PreviewSchedules(schedule_id=schedule_id, count=arguments.count))
    runs = msgspec.convert(found, list[PlannedRun])
    if arguments.json:
        console.json(*({"event": "planned_run", **msgspec.to_builtins(run)} for run in runs))
    elif runs:
        console.out(
            "\n".join(f"{run.planned.astimezone():%Y-%m-%d %H:%M:%S}  {printable(run.name)}" for run in runs)
        )
    else:
        console.note("nothing is to come")
    return 0


def enable(arguments: Namespace) -> int:
    """Let a schedule run from now on; return the exit code."""
    console = Console()
    with ScheduleBench(arguments, console) as bench:
        execution = bench.find(arguments.name).execution
        bench.allow_again(execution)
        bench.ask(EnableSchedule(schedule_id=execution.id))
        bench.show("enabled", execution.id)
        bench.note_if_not_run()
    return 0


def disable(arguments: Namespace) -> int:
    """Let a schedule run no more; return the exit code."""
    with ScheduleBench(arguments, Console()) as bench:
        schedule_id = bench.find(arguments.name).execution.id
        bench.ask(EnableSchedule(schedule_id=schedule_id, enabled=False))
        bench.show("disabled", schedule_id)
    return 0


def remove(arguments: Namespace) -> int:
    """Forget a schedule; return the exit code."""
    console = Console()
    with ScheduleBench(arguments, console) as bench:
        execution = bench.find(arguments.name).execution
        bench.ask(RemoveSchedule(schedule_id=execution.id))
    if arguments.json:
        console.json({"event": "schedule_removed", "id": execution.id, "name": execution.name})
    else:
        console.out(f"removed {printable(execution.name)}")
    return 0


def run_now(arguments: Namespace) -> int:
    """Run what a schedule runs; return the exit code."""
    console = Console()
    with ScheduleBench(arguments, console) as bench:
        execution = bench.find(arguments.name).execution
        run_id = bench.ask(RunScheduleNow(schedule_id=execution.id))
    if arguments.json:
        console.json({"event": "schedule_run", "id": execution.id, "run_id": run_id})
    else:
        console.out(f"started {printable(execution.name)}: run {run_id}")
    return 0


def resume(arguments: Namespace) -> int:
    """Let schedules run again after an emergency stop; return the exit code."""
    console = Console()
    with ScheduleBench(arguments, console) as bench:
        bench.ask(ResumeSchedules())
    if arguments.json:
        console.json({"event": "schedules_resumed"})
    else:
        console.out("schedules run again")
    return 0
