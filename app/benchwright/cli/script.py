"""`benchwright script`: runs and checks scripts, and keeps the library."""

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchwright.cli.command import Command, Parser, UsageError, add_config, add_data_dir, add_json
from benchwright.cli.leaving import leaving_at_once

_PRESETS: Final = ("strict", "standard")
_POLICIES: Final = ("safe", "hold", "return")


def _add_run_arguments(parser: Parser) -> None:
    parser.add_argument("script", metavar="FILE", help="a file, or the name of a script of the library")
    parser.add_argument(
        "--param", metavar="K=V", action="append", default=[], help="a parameter's value; may be repeated"
    )
    parser.add_argument("--timeout", metavar="S", type=float, help="end the run after S seconds")
    parser.add_argument("--preset", choices=_PRESETS, help="limits and rates (default: the script's own)")
    parser.add_argument(
        "--grant",
        metavar="P,...",
        help="exactly these permissions, or all, or none (default: what its metadata declares)",
    )
    parser.add_argument("--on-stop", choices=_POLICIES, help="what a stop does with the instruments")
    parser.add_argument(
        "--output", metavar="F", type=Path, help="also write the rows to F.csv, F.h5 or F.json after the run"
    )
    _add_common(parser)


def _add_validate_arguments(parser: Parser) -> None:
    parser.add_argument("scripts", metavar="FILE", nargs="+", type=Path, help="scripts to check")
    _add_common(parser)


def _add_list_arguments(parser: Parser) -> None:
    parser.add_argument("query", metavar="WORD", nargs="*", help="only what has these words; #word is a tag")
    add_data_dir(parser)
    add_json(parser)


def _add_show_arguments(parser: Parser) -> None:
    _add_name(parser)
    parser.add_argument("--source", action="store_true", help="print the script itself")
    add_data_dir(parser)
    add_json(parser)


def _add_new_arguments(parser: Parser) -> None:
    parser.add_argument(
        "name", metavar="NAME", help="what to call it; folders before it, such as optics/scan"
    )
    parser.add_argument(
        "--language", choices=("lua", "python"), help="default: what the suffix or --from says, else lua"
    )
    parser.add_argument("--from", dest="source", metavar="FILE", type=Path, help="copy this script")
    add_data_dir(parser)
    add_json(parser)


def _add_import_arguments(parser: Parser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="an exported script")
    parser.add_argument("--folder", metavar="F", default="", help="a folder of the library to put it into")
    parser.add_argument(
        "--on-conflict",
        choices=("rename", "replace", "skip"),
        default="rename",
        help="where the library has another script of that name (default: rename)",
    )
    add_data_dir(parser)
    add_json(parser)


def _add_export_arguments(parser: Parser) -> None:
    _add_name(parser)
    parser.add_argument(
        "-o", "--output", metavar="F", type=Path, help="default: NAME.script.toml; - for stdout"
    )
    parser.add_argument(
        "--with-dependencies", action="store_true", help="also the library scripts that it needs"
    )
    add_data_dir(parser)
    add_json(parser)


def _add_history_arguments(parser: Parser) -> None:
    _add_name(parser)
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="at most N runs (default: 50)")
    add_data_dir(parser)
    add_json(parser)


def _add_name(parser: Parser) -> None:
    parser.add_argument("name", metavar="NAME", help="a script of the library: its name or path there")


def _add_common(parser: Parser) -> None:
    add_config(parser)
    add_data_dir(parser)
    add_json(parser)


def _run(arguments: Namespace) -> int:
    with leaving_at_once():
        from benchwright.cli.script_run import run

    return run(arguments, parse_assignments(arguments.param))


def _validate(arguments: Namespace) -> int:
    from benchwright.cli.script_validate import validate

    return validate(arguments)


def _library(function: str) -> Callable[[Namespace], int]:
    def run(arguments: Namespace) -> int:
        from benchwright.cli import script_library

        command: Callable[[Namespace], int] = getattr(script_library, function)
        return command(arguments)

    return run


def parse_assignments(texts: list[str]) -> dict[str, str]:
    """Read ``K=V`` texts.

    Raises:
        UsageError: one has no ``=``, or a name comes twice.
    """
    values: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.strip().partition("=")
        if not equals or not name:
            raise UsageError(f"--param takes NAME=VALUE, found {text!r}")
        if name in values:
            raise UsageError(f"--param {name} is given twice")
        values[name] = value
    return values


COMMANDS: Final = (
    Command(
        "run",
        "run a script and show what it does",
        _add_run_arguments,
        _run,
        (
            "benchwright script run first_script.lua",
            "benchwright script run malus_scan.lua --param stop=90 --output malus.csv",
            "benchwright script run malus_scan.py --grant device:read,device:control --timeout 60 --json",
        ),
    ),
    Command(
        "validate",
        "check scripts without running them",
        _add_validate_arguments,
        _validate,
        (
            "benchwright script validate malus_scan.lua supply_sweep.py",
            "benchwright script validate *.lua --config bench.toml --json",
        ),
    ),
    Command(
        "list",
        "list the scripts of the library, or search them",
        _add_list_arguments,
        _library("list_scripts"),
        ("benchwright script list", "benchwright script list malus '#optics'"),
    ),
    Command(
        "show",
        "show what is known of a library script",
        _add_show_arguments,
        _library("show_script"),
        ("benchwright script show optics/scan", "benchwright script show scan --source"),
    ),
    Command(
        "new",
        "put a new script into the library",
        _add_new_arguments,
        _library("new_script"),
        ("benchwright script new optics/scan", "benchwright script new scan --from ~/scan.lua"),
    ),
    Command(
        "import",
        "take exported scripts into the library",
        _add_import_arguments,
        _library("import_scripts"),
        ("benchwright script import scan.script.toml --folder optics",),
    ),
    Command(
        "export",
        "write a library script as one TOML file",
        _add_export_arguments,
        _library("export_script"),
        ("benchwright script export optics/scan -o scan.toml",),
    ),
    Command(
        "history",
        "list the runs of a library script",
        _add_history_arguments,
        _library("show_history"),
        ("benchwright script history optics/scan --limit 5",),
    ),
)
