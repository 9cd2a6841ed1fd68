"""Reads a run of before from the data folder, ready to be drawn by itself."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchwright.core.errors import MetadataError
from benchwright.core.metadata import ScriptMetadata, parse_metadata
from benchwright.core.run_record import RunRecord
from benchwright.gui.panels.plots.earlier import read_columns

if TYPE_CHECKING:
    from benchwright.gui.panels.plots.columns import RunColumns


class FormerRun(NamedTuple):
    """What a run recorded, and the script that says how it likes to be drawn."""

    script: str
    metadata: ScriptMetadata
    columns: "RunColumns"


def read_former(data_dir: Path | None, run_id: str) -> FormerRun:
    """Return what a run has recorded by now; to be called in a thread of its own.

    Raises:
        RunNotFound: there is no such run.
        StorageError: its rows cannot be read.
    """
    from benchwright.bench.data_folder import DataFolder
    from benchwright.bench.storage.run_store import RunStore

    record = RunStore(DataFolder.at(data_dir).path).load(run_id)
    return FormerRun(record.script, _metadata(record), read_columns(data_dir, run_id, record.script))


def _metadata(record: RunRecord) -> ScriptMetadata:
    try:
        return parse_metadata(record.metadata, f"{record.script}.toml")
    except MetadataError:
        return ScriptMetadata(name=record.script)
