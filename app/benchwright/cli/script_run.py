"""`benchwright script run`: submits a script to the bench and shows the run to its end."""

from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.operators.launch import attach
from benchwright.bench.operators.run_session import RunSession
from benchwright.bench.scripts.repetition import repetition
from benchwright.bench.scripts.script_file import ScriptFile
from benchwright.bench.scripts.submission import RunOptions, submission
from benchwright.bench.storage.run_store import RunStore
from benchwright.cli.command import data_folder, is_interactive
from benchwright.cli.console import Console
from benchwright.cli.exit_codes import ExitCode, of_run
from benchwright.cli.grants import asked_grant
from benchwright.cli.interrupts import Interrupts
from benchwright.cli.output_file import check_output, write_output
from benchwright.cli.questions import Prompter
from benchwright.cli.run_report import JsonReport, RunReport
from benchwright.cli.script_source import named_script
from benchwright.core.diagnostics import SYNTAX, Severity
from benchwright.core.errors import CompilationError
from benchwright.core.events import DiagnosticFound, QuestionAsked, RunFinished
from benchwright.core.limits import Preset
from benchwright.core.operator_messages import SubmitRun
from benchwright.core.run_states import StopPolicy

_TICK_S = 0.1


def run(arguments: Namespace, parameters: Mapping[str, str]) -> int:
    """Run the script that the arguments name; return the exit code.

    Raises:
        BenchwrightError: it cannot be run.
    """

    def prepare(folder: DataFolder, console: Console) -> Prepared:
        script = named_script(arguments.script, folder)
        _check(arguments)
        options = RunOptions(
            parameters=parameters,
            grant=asked_grant(arguments, script, folder, console),
            timeout_s=arguments.timeout,
            preset=Preset(arguments.preset) if arguments.preset else None,
            on_stop=StopPolicy(arguments.on_stop) if arguments.on_stop else None,
        )
        return Prepared(script, submission(script, options))

    return _carry_out(arguments, prepare)


def run_again(arguments: Namespace) -> int:
    """Run what the run that the arguments name ran; return the exit code; raises as `run` does."""

    def prepare(folder: DataFolder, console: Console) -> Prepared:
        again = repetition(RunStore(folder.path), arguments.run_id)
        _check(arguments)
        grant = asked_grant(arguments, again.script, folder, console, again.permissions)
        return Prepared(again.script, msgspec.structs.replace(again.request, grant=sorted(grant)))

    return _carry_out(arguments, prepare)


class Prepared(NamedTuple):
    """A script and the request that runs it."""

    script: ScriptFile
    request: SubmitRun


def _check(arguments: Namespace) -> None:
    """Refuse a file for the rows that cannot be written, before anything is asked or run."""
    if arguments.output is not None:
        check_output(arguments.output)


def _carry_out(arguments: Namespace, prepare: Callable[[DataFolder, Console], Prepared]) -> int:
    console = Console(when_unread="the run goes on")
    folder = data_folder(arguments)
    with Interrupts() as interrupts:
        script, request = prepare(folder, console)
        report = _report(arguments, script, console)
        with attach(folder, arguments.config) as client:
            interrupts.hold()
            session = RunSession(client, folder, request)
            finished = _follow(session, report, interrupts, console, is_interactive(arguments))
    exit_code = of_run(finished)
    if arguments.output is not None and not write_output(folder, session.run_id, arguments.output, console):
        exit_code = exit_code or ExitCode.FAILED
    for diagnostic in _diagnostics(finished, script.path):
        report.show(diagnostic)
    report.show(finished)
    return exit_code


def _diagnostics(finished: RunFinished, file: Path) -> list[DiagnosticFound]:
    """Return the syntax error that ended a run before it began, as a finding in its file."""
    error = finished.error
    if error is None or error.code != CompilationError.code:
        return []
    line, column = error.line or 1, error.column or 1
    return [
        DiagnosticFound(
            run_id=finished.run_id,
            file=str(file),
            line=line,
            column=column,
            end_column=column + 1,
            severity=Severity.ERROR,
            message=error.message,
            code=SYNTAX,
        )
    ]


def _report(arguments: Namespace, script: ScriptFile, console: Console) -> RunReport:
    if arguments.json:
        return JsonReport(console)
    from benchwright.cli.run_display import RunDisplay

    return RunDisplay(console, script)


def _follow(
    session: RunSession, report: RunReport, interrupts: Interrupts, console: Console, interactive: bool
) -> RunFinished:
    """Show the run until it is over and return its last event, not shown yet."""

    def on_interrupt(count: int) -> None:
        console.note("cancelling; Ctrl-C again kills the run" if count == 1 else "killing the run")
        session.cancel(kill=count > 1)

    interrupts.send_to(on_interrupt)
    prompter = Prompter(console, session.answer)
    while True:
        event = session.next_event(_TICK_S)
        if isinstance(event, RunFinished):
            return event
        if event is not None:
            report.show(event)
        if isinstance(event, QuestionAsked):
            prompter.ask(event) if interactive else session.answer(event.question_id, "")
        if not prompter.is_asking:
            report.tick()
