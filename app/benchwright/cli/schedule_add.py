"""`benchwright schedule add`: makes a schedule of what the command line says."""

from argparse import Namespace
from datetime import timedelta

from benchwright.bench.scheduling.local_zone import local_zone_name
from benchwright.bench.scripts.scheduling import scheduled
from benchwright.bench.scripts.submission import RunOptions
from benchwright.cli.command import UsageError, data_folder
from benchwright.cli.console import Console
from benchwright.cli.grants import asked_grant
from benchwright.cli.schedule_bench import ScheduleBench
from benchwright.cli.script import parse_assignments
from benchwright.cli.script_source import named_script
from benchwright.core.limits import Preset
from benchwright.core.operator_messages import AddSchedule
from benchwright.core.run_states import StopPolicy
from benchwright.core.schedule_texts import parse_interval, parse_moment
from benchwright.core.scheduled_execution import Missed, Overlap, utc_now
from benchwright.core.schedules import Cron, ExecutionSchedule, Interval, Manual, Once


def add(arguments: Namespace) -> int:
    """Run a script at set times from now on; return the exit code.

    Raises:
        UsageError: the options do not go together.
        BenchwrightError: the script cannot be used so, or the schedule makes no sense.
    """
    if arguments.name is not None and not arguments.name.strip():
        raise UsageError("--name must be a text, found none (without it, a schedule is called as its script)")
    folder, console = data_folder(arguments), Console()
    script, schedule = named_script(arguments.script, folder), _schedule(arguments)
    options = RunOptions(
        parameters=parse_assignments(arguments.param),
        grant=asked_grant(arguments, script, folder, console),
        timeout_s=arguments.timeout,
        preset=Preset(arguments.preset) if arguments.preset else None,
        on_stop=StopPolicy(arguments.on_stop) if arguments.on_stop else None,
    )
    execution = scheduled(
        script,
        schedule,
        options,
        name=arguments.name or "",
        overlap=Overlap(arguments.overlap),
        missed=Missed(arguments.missed),
    )
    with ScheduleBench(arguments, console) as bench:
        schedule_id = str(bench.ask(AddSchedule(execution=execution)))
        bench.show("added", schedule_id)
        bench.note_if_not_run()
    return 0


def _schedule(arguments: Namespace) -> ExecutionSchedule:
    if arguments.start is not None and arguments.every is None:
        raise UsageError("--from goes with --every")
    if arguments.zone is not None and arguments.cron is None:
        raise UsageError("--zone goes with --cron")
    if arguments.cron is not None:
        zone = local_zone_name() if arguments.zone is None else arguments.zone
        return Cron(expression=arguments.cron, time_zone=zone)
    if arguments.at is not None:
        return Once(at=parse_moment(arguments.at))
    if arguments.manual:
        return Manual()
    every_s = parse_interval(arguments.every)
    if arguments.start is not None:
        return Interval(start=parse_moment(arguments.start), every_s=every_s)
    now = utc_now().replace(microsecond=0)
    schedule = Interval(start=now, every_s=every_s)
    schedule.check()
    return Interval(start=now + timedelta(seconds=every_s), every_s=every_s)
