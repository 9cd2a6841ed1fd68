"""The command line: finds the command, and is the edge where every error becomes one sentence."""

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

from benchwright import __version__
from benchwright.cli.command import Command, UsageError, parse
from benchwright.cli.console import Console, prepare_streams, silence
from benchwright.cli.leaving import leaving_at_once

PROGRAM: Final = "benchwright"
# A command of two words lives in the module of its noun, the others in that of the bench.
NOUNS: Final = ("script", "instrument", "runs", "schedule")
BENCH: Final = "bench"


def main(argv: Sequence[str]) -> int:
    """Run the command line and return the exit code of the process."""
    prepare_streams()
    try:
        return _run(argv)
    except KeyboardInterrupt:
        console = Console()
        console.note("cancelled")
        if "--json" in argv:
            console.json({"event": "error", "code": "cancelled", "message": "cancelled"})
        return 130
    except SystemExit as leaving:  # argparse printed its help
        return _after_help(leaving)
    except Exception as error:  # noqa: BLE001 - the edge: whatever went wrong is one sentence
        return _report(error, wants_json="--json" in argv)


def _after_help(leaving: SystemExit) -> int:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        silence(sys.stdout)
    return leaving.code if isinstance(leaving.code, int) else 0


def _run(argv: Sequence[str]) -> int:
    first, rest = argv[0], argv[1:]
    if first in ("-h", "--help", "help"):
        Console().out(_overview())
        return 0
    if first == "--version":
        Console().out(f"{PROGRAM} {__version__}")
        return 0
    if first not in NOUNS:
        return _run_command(commands_of(BENCH), PROGRAM, first, rest)
    if not rest or rest[0] in ("-h", "--help"):
        console, text = Console(), _listed(first, commands_of(first))
        console.out(text) if rest else console.note(text)
        return 0 if rest else 2
    return _run_command(commands_of(first), f"{PROGRAM} {first}", rest[0], rest[1:])


def commands_of(noun: str) -> Mapping[str, Command]:
    """Return the commands of a noun by name; its module is imported now."""
    with leaving_at_once():
        return {command.name: command for command in import_module(f"benchwright.cli.{noun}").COMMANDS}


def _run_command(commands: Mapping[str, Command], prog: str, name: str, arguments: Sequence[str]) -> int:
    if name not in commands:
        from benchwright.core.errors import did_you_mean

        known = [*commands, *(NOUNS if prog == PROGRAM else ())]
        raise UsageError(f"no command {name!r}{did_you_mean(name, known)}; see: {prog} --help")
    command = commands[name]
    with leaving_at_once():
        parsed = parse(command, f"{prog} {name}", arguments)
    return command.run(parsed)


def _report(error: Exception, wants_json: bool) -> int:
    code, message, exit_code = _explained(error)
    console = Console()
    console.note(f"{console.paint('error:', 'red', 'bold')} {message}")
    if wants_json:
        console.json({"event": "error", "code": code, "message": message})
    return exit_code


def _explained(error: Exception) -> tuple[str, str, int]:
    import traceback

    from benchwright.cli.exit_codes import ExitCode, of_error
    from benchwright.core.errors import BenchwrightError, StorageError
    from benchwright.core.values import shown

    if isinstance(error, UsageError):
        return error.code, str(error), ExitCode.USAGE
    if isinstance(error, BenchwrightError):
        return error.code, error.message, of_error(error)
    if isinstance(error, OSError) and error.filename is not None:  # a name too long, a disk that is gone
        return StorageError.code, f"cannot use {shown(str(error.filename))}: {error.strerror}", ExitCode.USAGE
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    message = f"Benchwright made a mistake: {type(error).__name__} at {place}: {error}"
    return "internal_error", message, ExitCode.FAILED


# --- help -------------------------------------------------------------------------------------------------


def _overview() -> str:
    lines = [
        "usage: benchwright COMMAND ...",
        "       benchwright            (without a command: the window)",
    ]
    for noun in NOUNS:
        lines += ["", *_help_lines(f"{noun} ", commands_of(noun))]
    lines += ["", *_help_lines("", commands_of(BENCH)), "", "options:", "  --help, --version", ""]
    return "\n".join([*lines, "Each command tells more: benchwright COMMAND --help"])


def _listed(noun: str, commands: Mapping[str, Command]) -> str:
    return "\n".join([f"usage: {PROGRAM} {noun} COMMAND ...", "", *_help_lines(f"{noun} ", commands)])


def _help_lines(prefix: str, commands: Mapping[str, Command]) -> list[str]:
    return [f"  {prefix + command.name:20}  {command.help}" for command in commands.values()]
