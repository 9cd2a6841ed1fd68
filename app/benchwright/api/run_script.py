"""`benchwright.run_script`: runs a script as the command line does, from a program."""

from collections.abc import Generator, Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from benchwright.core.events import AnyEvent, QuestionAsked, RunFinished
from benchwright.core.operator_messages import SubmitRun
from benchwright.core.values import Value

if TYPE_CHECKING:
    from benchwright.bench.data_folder import DataFolder

_CANCEL_TIMEOUT_S = 10.0


def run_script(
    path: str | PathLike[str],
    *,
    config: str | PathLike[str] | None = None,
    data_dir: str | PathLike[str] | None = None,
    parameters: Mapping[str, Value] | None = None,
    grant: str | Iterable[str] | None = None,
    timeout_s: float | None = None,
    preset: str | None = None,
) -> Generator[AnyEvent, None, None]:
    """Run a script and yield its events; the last one is a `RunFinished`.

    The run starts with the first event that is asked for. A generator that is closed before the end cancels
    the run. Questions of the script are answered with an empty text.

    Args:
        path: a Lua or Python file; its metadata lies beside it.
        config: the bench's configuration; None is the simulated demo bench.
        data_dir: the data folder, and with it the bench; None is the platform's own.
        parameters: values of declared parameters by name.
        grant: exactly these permissions, as names or as one text, such as ``"device:read,device:control"``,
            ``"all"`` or ``"none"``; None is what the metadata declares, without metadata all.
        timeout_s: the longest time the run may take, in seconds; None is the script's or bench's own.
        preset: ``strict`` or ``standard``; None is the script's own.

    Raises:
        ScriptNotFound: the file cannot be read.
        MetadataError: metadata, a parameter, a permission or the timeout is not valid, or a script that it
            needs cannot be used.
        BenchwrightError: (from the first event on) the bench cannot be reached or does not take the run.
    """
    from benchwright.bench.data_folder import DataFolder
    from benchwright.bench.scripts.script_file import read_script
    from benchwright.bench.scripts.submission import RunOptions, parse_grant, parse_preset, submission

    options = RunOptions(
        parameters=parameters or {},
        grant=None if grant is None else parse_grant(grant),
        timeout_s=timeout_s,
        preset=None if preset is None else parse_preset(preset),
    )
    folder = DataFolder.at(None if data_dir is None else Path(data_dir))
    request = submission(read_script(Path(path), folder.library), options)
    return _run(request, None if config is None else Path(config), folder)


def run_again(
    run_id: str,
    *,
    config: str | PathLike[str] | None = None,
    data_dir: str | PathLike[str] | None = None,
    grant: str | Iterable[str] | None = None,
) -> Generator[AnyEvent, None, None]:
    """Run what an earlier run ran: the same text with the same parameters and limits; else as `run_script`.

    Args:
        run_id: the earlier run; the start of its id is enough where only one run has it.
        config: the bench's configuration; None is the simulated demo bench.
        data_dir: the data folder that has the run; None is the platform's own.
        grant: exactly these permissions, as for `run_script`; None is those that it had.

    Raises:
        RunNotFound: there is no such run, or there are several whose ids start so.
        StorageError: what is kept of it cannot be read.
        MetadataError: what is kept of it is not valid, or a permission is none.
        BenchwrightError: (from the first event on) the bench cannot be reached or does not take the run.
    """
    from benchwright.bench.data_folder import DataFolder
    from benchwright.bench.scripts.repetition import repetition
    from benchwright.bench.scripts.submission import parse_grant
    from benchwright.bench.storage.run_store import RunStore

    folder = DataFolder.at(None if data_dir is None else Path(data_dir))
    request = repetition(RunStore(folder.path), run_id).request
    if grant is not None:
        request = msgspec.structs.replace(request, grant=sorted(parse_grant(grant)))
    return _run(request, None if config is None else Path(config), folder)


def _run(request: SubmitRun, config: Path | None, folder: "DataFolder") -> Generator[AnyEvent, None, None]:
    from benchwright.bench.operators.launch import attach
    from benchwright.bench.operators.run_session import RunSession

    folder = folder.open(folder.path)
    with attach(folder, config) as client:
        session = RunSession(client, folder, request)
        is_over = False
        try:
            for event in session.events():
                if isinstance(event, QuestionAsked):
                    session.answer(event.question_id, "")
                is_over = isinstance(event, RunFinished)
                yield event
        finally:
            if not is_over:
                session.cancel_and_wait(_CANCEL_TIMEOUT_S)
