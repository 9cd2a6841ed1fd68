"""`benchwright script`: runs and checks scripts."""

from argparse import Namespace
from pathlib import Path
from typing import Final

from benchwright.cli.command import Command, Parser, UsageError, add_config, add_data_dir, add_json

_PRESETS: Final = ("strict", "standard")
_POLICIES: Final = ("safe", "hold", "return")


def _add_run_arguments(parser: Parser) -> None:
    parser.add_argument("script", metavar="FILE", type=Path, help="a script: name.lua or name.py")
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
    add_config(parser)
    add_json(parser)


def _add_common(parser: Parser) -> None:
    add_config(parser)
    add_data_dir(parser)
    add_json(parser)


def _run(arguments: Namespace) -> int:
    from benchwright.cli.script_run import run

    return run(arguments, parse_assignments(arguments.param))


def _validate(arguments: Namespace) -> int:
    from benchwright.cli.script_validate import validate

    return validate(arguments)


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
)
