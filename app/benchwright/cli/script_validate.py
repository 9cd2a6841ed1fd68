"""`benchwright script validate`: checks scripts against the instruments of a bench that need not run."""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from benchwright.bench.scripts.script_check import check_script
from benchwright.bench.scripts.script_file import ScriptFile, read_script
from benchwright.cli.console import Console
from benchwright.cli.excerpt import excerpt
from benchwright.cli.exit_codes import ExitCode
from benchwright.cli.run_display import show_problem
from benchwright.core.diagnostics import Diagnostic, Severity
from benchwright.core.errors import MetadataError, ScriptNotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchwright.core.descriptors import InstrumentDescriptor


def validate(arguments: Namespace) -> int:
    """Check each script, show what is wrong, and return the exit code.

    Raises:
        ConfigurationError: the configuration is not valid.
    """
    from benchwright.bench.data_folder import DataFolder
    from benchwright.bench.safety.estop import load_config

    console = Console()
    folder = DataFolder.at(arguments.data_dir)
    instruments = load_config(arguments.config, folder).describe()
    codes = [
        _validate_one(path, folder.library, instruments, console, arguments.json)
        for path in arguments.scripts
    ]
    return max(codes)


def _validate_one(
    path: Path,
    library: Path,
    instruments: "Mapping[str, InstrumentDescriptor]",
    console: Console,
    as_json: bool,
) -> ExitCode:
    try:
        script = read_script(path, library)
    except (ScriptNotFound, MetadataError) as error:  # the other scripts are checked all the same
        console.note(f"{console.paint('error:', 'red', 'bold')} {error.message}")
        if as_json:
            console.json({"event": "error", "code": error.code, "message": error.message})
        return ExitCode.USAGE
    found = check_script(script, instruments)
    for diagnostic in found:
        if as_json:
            console.json(diagnostic_object(str(path), diagnostic))
        else:
            _show(console, str(path), script, diagnostic)
    if not as_json and not found:
        console.note(f"{path}: no problem found")
    return ExitCode.FAILED if any(each.severity is Severity.ERROR for each in found) else ExitCode.OK


def diagnostic_object(file: str, diagnostic: Diagnostic) -> dict[str, object]:
    """Return a diagnostic as the JSON object of the command line."""
    return {
        "event": "diagnostic",
        "file": file,
        "line": diagnostic.line,
        "column": diagnostic.column,
        "end_column": diagnostic.end_column,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "code": diagnostic.code,
        "hint": diagnostic.hint,
    }


def _show(console: Console, file: str, script: ScriptFile, diagnostic: Diagnostic) -> None:
    hint = f" ({diagnostic.hint})" if diagnostic.hint else ""
    show_problem(
        console.out,
        console.paint_out,
        place=(file, diagnostic.line, diagnostic.column),
        severity=str(diagnostic.severity),
        message=f"{diagnostic.message}{hint} [{diagnostic.code}]",
        lines=excerpt(script.source, diagnostic.line, diagnostic.column, diagnostic.end_column)
        if console.stdout_is_terminal
        else [],
    )
