"""What a command is, and the parser that all of them share."""

import argparse
import re
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

if TYPE_CHECKING:
    from benchwright.bench.data_folder import DataFolder

_NEGATIVE_NUMBER = re.compile(r"-[0-9.]")


class UsageError(Exception):
    """The command line itself makes no sense: an unknown command or option, a value that is none."""

    code = "usage_error"


class Command(NamedTuple):
    """One command: its name, one line of help, its arguments, what it does, and examples of its use."""

    name: str
    help: str
    add_arguments: "Callable[[Parser], None]"
    run: Callable[[Namespace], int]
    examples: Sequence[str]


class Parser(argparse.ArgumentParser):
    """An argument parser that raises `UsageError` where argparse would end the process, in plain words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.register("type", int, _whole_number)
        self.register("type", float, _number)

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].lower()}{message[1:]}; see: {self.prog} --help")


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a whole number, found {text.strip()!r}") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a number, found {text.strip()!r}") from None


def make_parser(command: Command, prog: str) -> Parser:
    """Return the parser of a command."""
    parser = Parser(
        prog=prog,
        description=command.help,
        epilog="examples:\n" + "\n".join(f"  {line}" for line in command.examples)
        if command.examples
        else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(parser)
    return parser


def parse(command: Command, prog: str, arguments: Sequence[str]) -> Namespace:
    """Read a command's arguments; options may stand anywhere among them.

    Raises:
        UsageError: they make no sense.
    """
    # argparse takes -1e-3 for an option; an argument that starts with a space it leaves alone.
    shielded = [f" {text}" if _NEGATIVE_NUMBER.match(text) else text for text in arguments]
    return make_parser(command, prog).parse_intermixed_args(shielded)


def add_json(parser: Parser) -> None:
    """Add the option that every command with an output has."""
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")


def add_data_dir(parser: Parser) -> None:
    """Add the option that names the data folder, and with it the bench."""
    parser.add_argument(
        "--data-dir", metavar="D", type=Path, help="the data folder (default: the platform's own)"
    )


def add_config(parser: Parser) -> None:
    """Add the option that names the configuration."""
    parser.add_argument(
        "--config",
        metavar="F",
        type=Path,
        help="the bench's configuration (default: bench.toml in the data folder, else the demo bench)",
    )


def data_folder(arguments: Namespace) -> "DataFolder":
    """Return the data folder that the arguments name, else the platform's own.

    Raises:
        StorageError: it cannot be made or written.
    """
    from benchwright.bench.data_folder import DataFolder

    return DataFolder.open(arguments.data_dir)


def data_dir_option(folder: "DataFolder") -> str:
    """Return what a command line says to mean this folder, a space before it; nothing for the default."""
    import shlex

    return "" if folder.path == folder.at().path else f" --data-dir {shlex.quote(str(folder.path))}"


def is_interactive(arguments: Namespace) -> bool:
    """Tell whether a person sits at this terminal and can be asked."""
    wants_json = getattr(arguments, "json", False)
    return not wants_json and all(
        stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr)
    )
