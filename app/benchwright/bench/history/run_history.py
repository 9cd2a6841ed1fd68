"""Finds the runs of a data folder, tells all about them, and compares them."""

from collections.abc import Callable, Iterator
from pathlib import Path

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.history.run_comparison import ComparedRun, RunComparison, compared
from benchwright.bench.history.run_query import RunQuery
from benchwright.bench.history.text_search import TextSearch
from benchwright.bench.library import ScriptManager
from benchwright.bench.scripts.script_file import (
    MAX_METADATA_BYTES,
    MAX_SCRIPT_BYTES,
    read_text,
)
from benchwright.bench.storage.export import ExportFormat, export_run
from benchwright.bench.storage.run_data import ColumnInfo, LogLine
from benchwright.bench.storage.run_index import RunIndex
from benchwright.bench.storage.run_store import RunStore
from benchwright.core.errors import ScriptNotFound, StorageError
from benchwright.core.run_record import RunRecord, RunSummary
from benchwright.core.text_difference import text_difference
from benchwright.core.values import Value


class RunHistory:
    """The runs of a data folder; needs no bench, and reads what goes on as well. Nothing is ever deleted.

    A run is named by its id; the start of it is enough where only one run has it.

    Args:
        data_dir: the data folder; None is the platform's own.
    """

    def __init__(self, data_dir: str | Path | None = None) -> None:
        self._folder = DataFolder.at(data_dir)
        self.store = RunStore(self._folder.path)
        self._index = RunIndex(self.store)

    def find(
        self, query: RunQuery | str = "", is_cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[RunSummary]:
        """Give the runs that fit, newest first; one that is damaged hides no other.

        Args:
            query: what to look for; as a text, such as ``script:scan outcome:failed wavelength=532``, see
                `RunQuery.parse`.
            is_cancelled: asked again and again while scripts and logs are looked through; true ends it.

        Raises:
            QueryError: the text of the query makes no sense.
            StorageError: the folder of the runs cannot be read.
        """
        wanted = RunQuery.parse(query) if isinstance(query, str) else query
        texts = TextSearch(self.store, is_cancelled)
        for run in self._index.summaries():
            if not wanted.fits(run):
                continue
            if is_cancelled():
                return
            unfound = wanted.unfound(run)
            if not unfound or texts.finds(run.run_id, run.source_sha256, unfound):
                yield run

    def load(self, run_id: str) -> RunRecord:
        """Return all that is known of a run but its rows and its log.

        Raises:
            RunNotFound: there is none, or there are several whose ids start so.
        """
        return self.store.load(run_id)

    def source(self, run_id: str) -> str:
        """Return the script's text as it was run; raises as `load` does, and `StorageError`."""
        return self.store.source(run_id)

    def rows(self, run_id: str) -> Iterator[tuple[int, float, dict[str, Value]]]:
        """Give index, seconds since the script's start and values of each row; raises as `source` does."""
        return self.store.rows(run_id)

    def log(self, run_id: str) -> Iterator[LogLine]:
        """Give what was logged and printed, in its order; raises as `source` does."""
        return self.store.log(run_id)

    def export(self, run_id: str, target: str | Path, format_: ExportFormat | None = None) -> int:
        """Write the rows to a new file, by its suffix CSV, HDF5 or JSON; return how many these are.

        Raises:
            ConfigurationError: the suffix stands for no format, or a library for it is not installed.
            RunNotFound: see `load`.
            StorageError: there is such a file, it cannot be written, or the run cannot be read.
        """
        return export_run(self.store, run_id, Path(target), format_)

    def compare(self, first: str, second: str) -> RunComparison:
        """Return what differs between two runs; what of them cannot be read is empty.

        Raises:
            RunNotFound: see `load`.
        """
        return compared(self._all_of(first), self._all_of(second))

    def _all_of(self, run_id: str) -> ComparedRun:
        record = self.load(run_id)
        try:
            source = self.source(run_id)
        except StorageError:
            source = ""
        columns: list[ColumnInfo] = []
        try:
            columns += self.store.columns(run_id)
        except StorageError:
            pass
        return ComparedRun(record=record, source=source, columns=columns)

    # --- the script today ---

    def file_now(self, run_id: str) -> Path:
        """Return where the script of a run is today, also after it was renamed in the library.

        Raises:
            RunNotFound: see `load`.
            ScriptNotFound: there is no such file (any more).
        """
        record = self.load(run_id)
        if not record.path:
            raise ScriptNotFound(f"{record.script or 'the script'} was run without ever being saved")
        file = Path(ScriptManager(self._folder.library).file_now(record.path, record.created))
        if not file.is_file():
            raise ScriptNotFound(f"{file} is not there any more")
        return file

    def changes_since(self, run_id: str) -> str:
        """Return what changed in a script and its metadata since a run, as a unified diff; empty: nothing.

        Raises:
            RunNotFound: see `load`.
            ScriptNotFound: there is no such file (any more), or it is no text.
            StorageError: the text of the run cannot be read.
        """
        record, file = self.load(run_id), self.file_now(run_id)
        metadata_file = file.with_suffix(".toml")
        texts = [(file.name, self.source(run_id), read_text(file, MAX_SCRIPT_BYTES))]
        now = read_text(metadata_file, MAX_METADATA_BYTES) if metadata_file.is_file() else ""
        texts.append((metadata_file.name, record.metadata, now))
        parts = (text_difference(then, now, f"{name}  then", f"{name}  now") for name, then, now in texts)
        return "\n".join(filter(None, parts))
