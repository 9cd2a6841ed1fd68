"""The runs of a data folder, as the panel reads them in the background."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchwright.bench.data_folder import DataFolder
from benchwright.core.run_record import RunRecord

if TYPE_CHECKING:
    from benchwright.bench.storage.run_store import RunStore


class RunText(NamedTuple):
    """A script as it was run."""

    title: str
    language: str
    text: str
    metadata: str


class History:
    """Reads what is kept of runs; each method may take a while and raises `BenchwrightError`."""

    def __init__(self, data_dir: Path | None) -> None:
        self._data_dir = DataFolder.at(data_dir).path

    @cached_property
    def _store(self) -> "RunStore":
        from benchwright.bench.storage.run_store import RunStore

        return RunStore(self._data_dir)

    def newest(self, limit: int) -> list[RunRecord]:
        """Return the newest runs, at most `limit`."""
        return self._store.list(limit)

    def down_to(self, run_id: str, page: int) -> list[RunRecord]:
        """Return the newest runs in whole pages, so many that the run is among them."""
        newer = self._store.ids().index(self._store.folder(run_id).run_id)
        return self._store.list((newer // page + 1) * page)

    def count(self) -> int:
        """Return how many runs there are."""
        return len(self._store.ids())

    def record(self, run_id: str) -> RunRecord:
        """Return the record of a run."""
        return self._store.load(run_id)

    def file(self, run_id: str) -> Path | None:
        """Return the file that a run's script came from, None where there is none (any more)."""
        path = self._store.load(run_id).path
        return Path(path) if path and Path(path).is_file() else None

    def text(self, run_id: str) -> RunText:
        """Return the script as it was run; its title tells when that was."""
        record = self._store.load(run_id)
        script = Path(record.script)
        when = f"{record.created.astimezone():%H.%M.%S}"
        title = f"{script.stem} {when}{script.suffix or Path(record.script_file).suffix}"
        return RunText(title, record.language, self._store.source(run_id), record.metadata)

    def folder(self, run_id: str) -> Path:
        """Return the folder of a run."""
        return self._data_dir / "runs" / run_id

    def export(self, run_id: str, file: Path) -> int:
        """Write what a run recorded to a file, and return how many rows these are."""
        from benchwright.bench.storage.export import export_run

        return export_run(self._store, run_id, file, overwrite=True)
