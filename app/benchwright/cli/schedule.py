"""`benchwright schedule`: runs scripts at set times."""

from argparse import Namespace
from typing import TYPE_CHECKING, Final

from benchwright.cli.command import Command, Parser, UsageError, add_config, add_data_dir, add_json
from benchwright.cli.console import Console, printable, table

if TYPE_CHECKING:
    from benchwright.core.schedules import ExecutionSchedule

_HEADINGS: Final = ("Id", "Name", "Script", "When", "Next", "Last", "State")


def _add_common(parser: Parser) -> None:
    add_config(parser)
    add_data_dir(parser)
    add_json(parser)


def _add_name(parser: Parser) -> None:
    parser.add_argument("name", metavar="NAME", help="a schedule: its name or id")


def _add_add_arguments(parser: Parser) -> None:
    parser.add_argument("script", metavar="SCRIPT", help="a file, or the name of a script of the library")
    times = parser.add_mutually_exclusive_group(required=True)
    times.add_argument("--every", metavar="T", help="in an interval: 90s, 15min, 1h, 2d")
    times.add_argument("--cron", metavar="EXPR", help="at wall-clock times: '30 7 * * mon-fri'")
    times.add_argument("--at", metavar="TIME", help="once: '2026-11-23 09:00'")
    times.add_argument("--manual", action="store_true", help="only when somebody says so: schedule run")
    parser.add_argument(
        "--from", metavar="TIME", dest="start", help="with --every: the first run (default: one interval on)"
    )
    parser.add_argument(
        "--zone", metavar="Z", help="with --cron: such as Europe/Berlin (default: this computer's)"
    )
    parser.add_argument("--name", metavar="NAME", help="what to call it (default: as the script)")
    parser.add_argument("--overlap", choices=("skip", "queue", "replace"), default="skip",
                        help="where the run before still runs (default: skip)")  # fmt: skip
    parser.add_argument("--missed", choices=("run_once", "skip"), default="skip",
                        help="where it was due while nothing ran schedules (default: skip)")  # fmt: skip
    parser.add_argument("--param", metavar="K=V", action="append", default=[], help="a parameter's value")
    parser.add_argument("--timeout", metavar="S", type=float, help="end the run after S seconds")
    parser.add_argument("--preset", choices=("strict", "standard"), help="default: the script's own")
    parser.add_argument("--on-stop", choices=("safe", "hold", "return"), help="default: the script's own")
    _add_grant(parser)
    _add_common(parser)


def _add_grant(parser: Parser) -> None:
    parser.add_argument(
        "--grant", metavar="P,...",
        help="exactly these permissions, or all, or none (default: what its metadata declares)",
    )  # fmt: skip


def _add_preview_arguments(parser: Parser) -> None:
    parser.add_argument("name", metavar="NAME", nargs="?", default="", help="of this schedule only")
    parser.add_argument("--count", metavar="N", type=int, default=10, help="so many runs (default: 10)")
    _add_common(parser)


def _add_name_arguments(parser: Parser) -> None:
    _add_name(parser)
    _add_common(parser)


def _add_enable_arguments(parser: Parser) -> None:
    _add_name(parser)
    _add_grant(parser)
    _add_common(parser)


# --- add --------------------------------------------------------------------------------------------------


def _add(arguments: Namespace) -> int:
    from benchwright.bench.scripts.scheduling import scheduled
    from benchwright.bench.scripts.submission import RunOptions
    from benchwright.cli.command import data_folder
    from benchwright.cli.grants import asked_grant
    from benchwright.cli.schedule_bench import ScheduleBench
    from benchwright.cli.script import parse_assignments
    from benchwright.cli.script_source import named_script
    from benchwright.core.limits import Preset
    from benchwright.core.operator_messages import AddSchedule
    from benchwright.core.run_states import StopPolicy
    from benchwright.core.scheduled_execution import Missed, Overlap

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


def _schedule(arguments: Namespace) -> "ExecutionSchedule":
    from datetime import timedelta

    from benchwright.bench.scheduling.local_zone import local_zone_name
    from benchwright.core.schedule_texts import parse_interval, parse_moment
    from benchwright.core.scheduled_execution import utc_now
    from benchwright.core.schedules import Cron, Interval, Manual, Once

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


# --- the others -------------------------------------------------------------------------------------------


def _list(arguments: Namespace) -> int:
    from benchwright.cli.schedule_bench import ScheduleBench, row, summary

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


def _preview(arguments: Namespace) -> int:
    import msgspec

    from benchwright.cli.schedule_bench import ScheduleBench
    from benchwright.core.operator_messages import PreviewSchedules
    from benchwright.core.scheduled_execution import PlannedRun

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


def _enable(arguments: Namespace) -> int:
    from benchwright.cli.schedule_bench import ScheduleBench
    from benchwright.core.operator_messages import EnableSchedule

    console = Console()
    with ScheduleBench(arguments, console) as bench:
        execution = bench.find(arguments.name).execution
        bench.allow_again(execution)
        bench.ask(EnableSchedule(schedule_id=execution.id))
        bench.show("enabled", execution.id)
        bench.note_if_not_run()
    return 0


def _disable(arguments: Namespace) -> int:
    from benchwright.cli.schedule_bench import ScheduleBench
    from benchwright.core.operator_messages import EnableSchedule

    with ScheduleBench(arguments, Console()) as bench:
        schedule_id = bench.find(arguments.name).execution.id
        bench.ask(EnableSchedule(schedule_id=schedule_id, enabled=False))
        bench.show("disabled", schedule_id)
    return 0


def _remove(arguments: Namespace) -> int:
    from benchwright.cli.schedule_bench import ScheduleBench
    from benchwright.core.operator_messages import RemoveSchedule

    console = Console()
    with ScheduleBench(arguments, console) as bench:
        execution = bench.find(arguments.name).execution
        bench.ask(RemoveSchedule(schedule_id=execution.id))
    if arguments.json:
        console.json({"event": "schedule_removed", "id": execution.id, "name": execution.name})
    else:
        console.out(f"removed {printable(execution.name)}")
    return 0


def _run(arguments: Namespace) -> int:
    from benchwright.cli.schedule_bench import ScheduleBench
    from benchwright.core.operator_messages import RunScheduleNow

    console = Console()
    with ScheduleBench(arguments, console) as bench:
        execution = bench.find(arguments.name).execution
        run_id = bench.ask(RunScheduleNow(schedule_id=execution.id))
    if arguments.json:
        console.json({"event": "schedule_run", "id": execution.id, "run_id": run_id})
    else:
        console.out(f"started {printable(execution.name)}: run {run_id}")
    return 0


def _resume(arguments: Namespace) -> int:
    from benchwright.cli.schedule_bench import ScheduleBench
    from benchwright.core.operator_messages import ResumeSchedules

    console = Console()
    with ScheduleBench(arguments, console) as bench:
        bench.ask(ResumeSchedules())
    if arguments.json:
        console.json({"event": "schedules_resumed"})
    else:
        console.out("schedules run again")
    return 0


COMMANDS: Final = (
    Command(
        "add",
        "run a script at set times",
        _add_add_arguments,
        _add,
        (
            "benchwright schedule add malus_scan.lua --every 15min",
            "benchwright schedule add malus_scan.lua --cron '30 7 * * mon-fri' --param stop=90",
            "benchwright schedule add warm_up --at '2026-11-23 06:00' --missed run_once",
        ),
    ),
    Command("list", "list the schedules", _add_common, _list, ("benchwright schedule list --json",)),
    Command(
        "preview",
        "show the next runs",
        _add_preview_arguments,
        _preview,
        ("benchwright schedule preview", "benchwright schedule preview malus_scan --count 5"),
    ),
    Command(
        "enable",
        "let a schedule run from now on, and allow its script as it is now",
        _add_enable_arguments,
        _enable,
        ("benchwright schedule enable malus_scan",),
    ),
    Command(
        "disable", "let a schedule run no more", _add_name_arguments, _disable,
        ("benchwright schedule disable malus_scan",),
    ),
    Command(
        "remove", "forget a schedule", _add_name_arguments, _remove,
        ("benchwright schedule remove malus_scan",),
    ),
    Command(
        "run", "run what a schedule runs at once", _add_name_arguments, _run,
        ("benchwright schedule run malus_scan",),
    ),
    Command(
        "resume",
        "let schedules run again after an emergency stop and its reset",
        _add_common,
        _resume,
        ("benchwright schedule resume",),
    ),
)  # fmt: skip
