"""`benchwright schedule`: runs scripts at set times."""

from argparse import Namespace
from collections.abc import Callable
from typing import Final

from benchwright.cli.command import Command, Parser, add_config, add_data_dir, add_json


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


def _add(arguments: Namespace) -> int:
    from benchwright.cli.schedule_add import add

    return add(arguments)


def _command(function: str) -> Callable[[Namespace], int]:
    def run(arguments: Namespace) -> int:
        from benchwright.cli import schedule_commands

        command: Callable[[Namespace], int] = getattr(schedule_commands, function)
        return command(arguments)

    return run


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
    Command(
        "list", "list the schedules", _add_common, _command("list_all"),
        ("benchwright schedule list --json",),
    ),
    Command(
        "preview",
        "show the next runs",
        _add_preview_arguments,
        _command("preview"),
        ("benchwright schedule preview", "benchwright schedule preview malus_scan --count 5"),
    ),
    Command(
        "enable",
        "let a schedule run from now on, and allow its script as it is now",
        _add_enable_arguments,
        _command("enable"),
        ("benchwright schedule enable malus_scan",),
    ),
    Command(
        "disable", "let a schedule run no more", _add_name_arguments, _command("disable"),
        ("benchwright schedule disable malus_scan",),
    ),
    Command(
        "remove", "forget a schedule", _add_name_arguments, _command("remove"),
        ("benchwright schedule remove malus_scan",),
    ),
    Command(
        "run", "run what a schedule runs at once", _add_name_arguments, _command("run_now"),
        ("benchwright schedule run malus_scan",),
    ),
    Command(
        "resume",
        "let schedules run again after an emergency stop and its reset",
        _add_common,
        _command("resume"),
        ("benchwright schedule resume",),
    ),
)  # fmt: skip
