"""The runs of a data folder, as the panel reads them in the background."""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchwright.bench.data_folder import DataFolder
from benchwright.core.run_record import RunRecord
from benchwright.core.run_states import SETTLED_STATES
from benchwright.gui.panels.runs.row import RunRow, row_of_summary

if TYPE_CHECKING:
    from benchwright.bench.history import RunComparison, RunHistory
    from benchwright.bench.storage.run_data import LogLine

LOG_LINES = 5000  # of a run that are shown


class RunText(NamedTuple):
    """A script as it was run."""

    title: str
    language: str
    text: str
    metadata: str


class KeptRuns(NamedTuple):
    """The runs of a data folder: the ids of all, and the rows of those that are over."""

    ids: frozenset[str]
    over: list[RunRow]


class History:
    """Reads what is kept of runs; each method may take a while and raises `BenchwrightError`."""

    def __init__(self, data_dir: Path | None) -> None:
        self._data_dir = DataFolder.at(data_dir).path

    @cached_property
    def _runs(self) -> "RunHistory":
        from benchwright.bench.history import RunHistory

        return RunHistory(self._data_dir)

    def kept(self) -> KeptRuns:
        """Return what runs there are."""
        from benchwright.bench.history import known_text

        runs = list(self._runs.find())
        over = [row_of_summary(run, known_text(run)) for run in runs if run.state in SETTLED_STATES]
        return KeptRuns(frozenset(run.run_id for run in runs), over)

    def changed_s(self) -> float:
        """Return when a run came or went, in s of the system's clock; 0 where there was none yet."""
        try:
            return self.place.stat().st_mtime
        except OSError:
            return 0.0

    @property
    def place(self) -> Path:
        """Where the folders of the runs are."""
        return self._data_dir / "runs"

    def record(self, run_id: str) -> tuple[RunRecord, int]:
        """Return the record of a run, and how many bytes it takes on disk."""
        return self._runs.load(run_id), self._runs.store.folder(run_id).size_bytes()

    def file(self, run_id: str) -> Path | None:
        """Return the file that a run's script is in today, None where there is none (any more)."""
        from benchwright.core.errors import ScriptNotFound

        try:
            return self._runs.file_now(run_id)
        except ScriptNotFound:
            return None

    def text(self, run_id: str) -> RunText:
        """Return the script as it was run; its title tells when that was."""
        record = self._runs.load(run_id)
        script = Path(record.script)
        when = f"{record.created.astimezone():%H.%M.%S}"
        title = f"{script.stem} {when}{script.suffix or Path(record.script_file).suffix}"
        return RunText(title, record.language, self._runs.source(run_id), record.metadata)

    def log(self, run_id: str) -> "tuple[list[LogLine], int]":
        """Return the last lines of a run's log, and how many there are before them."""
        return self._runs.store.data(run_id).last_lines(LOG_LINES)

    def changes(self, run_id: str) -> str:
        """Return what changed in the script since the run, as a unified diff."""
        return self._runs.changes_since(run_id)

    def compare(self, first: str, second: str) -> "RunComparison":
        """Return what differs between two runs."""
        return self._runs.compare(first, second)

    def text_search(self, is_cancelled: Callable[[], bool]) -> Callable[[str, str, Sequence[str]], bool]:
        """Return what tells whether the script or the log of a run (id, hash of its script) holds texts."""
        from benchwright.bench.history.text_search import TextSearch

        return TextSearch(self._runs.store, is_cancelled).finds

    def folder(self, run_id: str) -> Path:
        """Return the folder of a run."""
        return self.place / run_id

    def export(self, run_id: str, file: Path) -> int:
        """Write what a run recorded to a new file, and return how many rows these are."""
        return self._runs.export(run_id, file)
