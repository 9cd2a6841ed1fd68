"""`benchwright runs`: finds past runs and exports their data, straight from the data folder."""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchwright.cli.command import Command, Parser, add_config, add_data_dir, add_json
from benchwright.cli.console import Console
from benchwright.cli.run_list import show_records

if TYPE_CHECKING:
    from benchwright.bench.history import RunHistory

_FORMATS: Final = ("csv", "hdf5", "json")
_ID_HELP: Final = "a run; the start of its id is enough"
# Options of `list`, each of which may be repeated, and the field of a query that they fill.
_CONDITIONS: Final = (
    ("--script", "script", "NAME", "runs of this script: its whole name with suffix, or a part without"),
    ("--outcome", "outcome", "O", "runs that ended so: completed, failed, timeout, ...; several: either"),
    ("--param", "parameter", "K=V", "runs with this value of a parameter; K=FROM..TO for a range"),
    ("--text", "text", "T", "runs with T in their script, their error, or what they printed and logged"),
    ("--since", "since", "DATE", "made on that day or later: 2026-11-30, 2026-11-30T14:00, today, 7d (ago)"),
    ("--until", "until", "DATE", "made on that day or before"),
)


def _add_list_arguments(parser: Parser) -> None:
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="at most N runs (default: 50)")
    for option, field, metavar, text in _CONDITIONS:
        parser.add_argument(option, dest=field, metavar=metavar, action="append", default=[], help=text)
    add_data_dir(parser)
    add_json(parser)


def _add_show_arguments(parser: Parser) -> None:
    parser.add_argument("run_id", metavar="ID", help=_ID_HELP)
    parser.add_argument("--log", action="store_true", help="the whole log instead of its last lines")
    parser.add_argument("--diff", action="store_true", help="also what changed in the script since then")
    add_data_dir(parser)
    add_json(parser)


def _add_export_arguments(parser: Parser) -> None:
    parser.add_argument("run_id", metavar="ID", help=_ID_HELP)
    parser.add_argument("--format", choices=_FORMATS, help="default: what the name of -o says, else csv")
    parser.add_argument(
        "-o", "--output", metavar="F", type=Path, help="default: ID with the suffix of the format"
    )
    add_data_dir(parser)
    add_json(parser)


def _add_compare_arguments(parser: Parser) -> None:
    parser.add_argument("first", metavar="A", help=_ID_HELP)
    parser.add_argument("second", metavar="B", help="the run to compare it with")
    add_data_dir(parser)
    add_json(parser)


def _add_rerun_arguments(parser: Parser) -> None:
    parser.add_argument("run_id", metavar="ID", help=_ID_HELP)
    parser.add_argument(
        "--grant", metavar="P,...", help="exactly these permissions, or all, or none (default: those it had)"
    )
    parser.add_argument(
        "--output", metavar="F", type=Path, help="also write the rows to F.csv, F.h5 or F.json after the run"
    )
    add_config(parser)
    add_data_dir(parser)
    add_json(parser)


def _add_space_arguments(parser: Parser) -> None:
    add_data_dir(parser)
    add_json(parser)


def _history(arguments: Namespace) -> "RunHistory":
    from benchwright.bench.history import RunHistory

    return RunHistory(arguments.data_dir)


# --- list -------------------------------------------------------------------------------------------------


def _list(arguments: Namespace) -> int:
    from itertools import islice

    from benchwright.bench.history import RunQuery
    from benchwright.cli.command import UsageError

    if arguments.limit < 1:
        raise UsageError(f"--limit must be at least 1, found {arguments.limit}")
    query = RunQuery()
    for _, field, _, _ in _CONDITIONS:
        query = query.adding(field, getattr(arguments, field))
    history = _history(arguments)
    found = list(islice(history.find(query), arguments.limit))
    show_records(found, as_json=arguments.json, when_none=_when_none(history, query == RunQuery()))
    return 0


def _when_none(history: "RunHistory", is_any: bool) -> str:
    return "no runs yet" if is_any or not history.store.ids() else "no run fits that"


# --- export -----------------------------------------------------------------------------------------------


def _export(arguments: Namespace) -> int:
    from benchwright.bench.storage.export import SUFFIXES, ExportFormat, export_format

    history = _history(arguments)
    run_id = history.load(arguments.run_id).run_id
    if arguments.format:
        format_ = ExportFormat(arguments.format)
    else:
        format_ = export_format(arguments.output) if arguments.output else ExportFormat.CSV
    target = arguments.output or Path(f"{run_id}{SUFFIXES[format_]}")
    rows = history.export(run_id, target, format_)
    console = Console()
    if arguments.json:
        console.json({"event": "exported", "run_id": run_id, "path": str(target.resolve()), "rows": rows})
    else:
        console.out(f"{rows} rows in {target}")
    return 0


# --- the others, which are modules of their own -----------------------------------------------------------


def _show(arguments: Namespace) -> int:
    from benchwright.cli.run_details import show

    return show(arguments, _history(arguments))


def _compare(arguments: Namespace) -> int:
    from benchwright.cli.run_comparison import show

    return show(_history(arguments).compare(arguments.first, arguments.second), as_json=arguments.json)


def _rerun(arguments: Namespace) -> int:
    from benchwright.cli.script_run import run_again

    return run_again(arguments)


def _space(arguments: Namespace) -> int:
    from benchwright.cli.run_space import show

    return show(_history(arguments), as_json=arguments.json)


COMMANDS: Final = (
    Command(
        "list",
        "list past and present runs, the newest first, or find some of them",
        _add_list_arguments,
        _list,
        (
            "benchwright runs list",
            "benchwright runs list --script malus_scan.lua --limit 5 --json",
            "benchwright runs list --outcome failed --outcome timeout --since 2026-11-01",
            'benchwright runs list --param wavelength=500..600 --text "lost link"',
        ),
    ),
    Command(
        "show",
        "show all that is known of a run",
        _add_show_arguments,
        _show,
        ("benchwright runs show 20240531-120000-a1b2c3", "benchwright runs show 20240531-12 --log --diff"),
    ),
    Command(
        "export",
        "write the rows of a run to a file",
        _add_export_arguments,
        _export,
        (
            "benchwright runs export 20240531-120000-a1b2c3 --format csv",
            "benchwright runs export 20240531-120000-a1b2c3 --format hdf5 -o scan.h5",
        ),
    ),
    Command(
        "compare",
        "tell in what two runs differ",
        _add_compare_arguments,
        _compare,
        ("benchwright runs compare 20240531-120000-a1b2c3 20240601-093000-d4e5f6",),
    ),
    Command(
        "rerun",
        "run again what a run ran: its text, parameters, limits and permissions",
        _add_rerun_arguments,
        _rerun,
        ("benchwright runs rerun 20240531-120000-a1b2c3 --output again.csv",),
    ),
    Command(
        "space",
        "tell how much room the runs of each script take on disk",
        _add_space_arguments,
        _space,
        ("benchwright runs space",),
    ),
)
