"""`benchwright instrument`: shows the instruments of a bench and calls them by hand."""

from argparse import Namespace
from pathlib import Path
from typing import Final

from benchwright.cli.command import Command, Parser, add_config, add_data_dir, add_json


def _add_list_arguments(parser: Parser) -> None:
    add_config(parser)
    add_data_dir(parser)
    add_json(parser)


def _add_describe_arguments(parser: Parser) -> None:
    parser.add_argument("name", metavar="NAME", help="an instrument of the bench")
    _add_list_arguments(parser)


def _add_call_arguments(parser: Parser) -> None:
    parser.add_argument("name", metavar="NAME", help="an instrument of the bench")
    parser.add_argument("method", metavar="METHOD", help="see: benchwright instrument describe NAME")
    parser.add_argument(
        "arguments",
        metavar="ARG",
        nargs="*",
        help="number, true, false, text, NAME=VALUE, or JSON: a list, a map, a text in quotes",
    )
    _add_list_arguments(parser)


def _add_new_arguments(parser: Parser) -> None:
    parser.add_argument(
        "folder", metavar="FOLDER", type=Path, help="a new folder, called as the instrument: acme_sh1"
    )
    add_json(parser)


def _add_scan_arguments(parser: Parser) -> None:
    parser.add_argument(
        "--visa-library", metavar="L", default="@py", help="where to look for VISA resources (default: @py)"
    )
    parser.add_argument("--no-visa", action="store_true", help="look for serial ports only, which is quick")
    add_json(parser)


def _list(arguments: Namespace) -> int:
    from benchwright.cli.instrument_list import list_all

    return list_all(arguments)


def _describe(arguments: Namespace) -> int:
    from benchwright.cli.instrument_list import describe

    return describe(arguments)


def _call(arguments: Namespace) -> int:
    from benchwright.cli.instrument_call import call

    return call(arguments)


def _scan(arguments: Namespace) -> int:
    from benchwright.cli.instrument_scan import scan

    return scan(arguments)


def _new(arguments: Namespace) -> int:
    from benchwright.cli.instrument_new import new_driver

    return new_driver(arguments)


COMMANDS: Final = (
    Command(
        "list",
        "list the instruments of the bench",
        _add_list_arguments,
        _list,
        ("benchwright instrument list", "benchwright instrument list --config bench.toml --json"),
    ),
    Command(
        "scan",
        "look for serial ports and VISA resources on this computer",
        _add_scan_arguments,
        _scan,
        ("benchwright instrument scan",),
    ),
    Command(
        "describe",
        "show what an instrument can do; nothing is opened",
        _add_describe_arguments,
        _describe,
        ("benchwright instrument describe esp300",),
    ),
    Command(
        "call",
        "call a method of an instrument",
        _add_call_arguments,
        _call,
        (
            "benchwright instrument call newport read_power",
            "benchwright instrument call esp300 move_absolute 45 wait=false",
        ),
    ),
    Command(
        "new",
        "write a driver of your own to start from, with its simulator",
        _add_new_arguments,
        _new,
        ("benchwright instrument new ./acme_sh1",),
    ),
)
