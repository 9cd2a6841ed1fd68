"""Runs an example of the documents on a served bench."""

from pathlib import Path

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.operators.launch import attach
from benchwright.bench.operators.run_session import RunSession
from benchwright.bench.scripts.script_file import read_script
from benchwright.bench.scripts.submission import RunOptions, submission
from benchwright.core.events import QuestionAsked, RunFinished
from tests.helpers.cli import ServedBench

SUFFIXES = {"lua": ".lua", "python": ".py"}


def run(bench: ServedBench, path: Path) -> RunFinished:
    """Run a script, say yes to what it asks, and return its end."""
    folder = DataFolder.open(bench.data_dir)
    with attach(folder, None) as client:
        session = RunSession(client, folder, submission(read_script(path), RunOptions()))
        for event in session.events():
            if isinstance(event, QuestionAsked):
                session.answer(event.question_id, event.choices[0])
    assert isinstance(event, RunFinished)
    return event
