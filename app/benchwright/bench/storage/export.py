"""Exports a run as CSV, HDF5 or JSON, in bounded memory; the file appears whole or not at all."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final

from benchwright.bench.storage.export_hdf5 import write_hdf5
from benchwright.bench.storage.export_text import write_csv, write_json
from benchwright.bench.storage.files import replacing
from benchwright.bench.storage.run_store import RunSnapshot, RunStore
from benchwright.core.errors import ConfigurationError


class ExportFormat(StrEnum):
    """A kind of file that a run can be exported to."""

    CSV = "csv"
    HDF5 = "hdf5"
    JSON = "json"


SUFFIXES: Final = {ExportFormat.CSV: ".csv", ExportFormat.HDF5: ".h5", ExportFormat.JSON: ".json"}
_BY_SUFFIX: Final = {suffix: format_ for format_, suffix in SUFFIXES.items()} | {".hdf5": ExportFormat.HDF5}
_WRITERS: Final[dict[ExportFormat, Callable[[RunSnapshot, Path], None]]] = {
    ExportFormat.CSV: write_csv,
    ExportFormat.HDF5: write_hdf5,
    ExportFormat.JSON: write_json,
}


def export_format(target: Path) -> ExportFormat:
    """Return the format that a file's suffix stands for.

    Raises:
        ConfigurationError: it stands for none.
    """
    try:
        return _BY_SUFFIX[target.suffix.lower()]
    except KeyError:
        allowed = ", ".join(sorted(_BY_SUFFIX))
        message = (
            f"cannot tell the format to write by the name {target.name!r}: its end must be one of {allowed}"
        )
        raise ConfigurationError(message) from None


def export_run(
    store: RunStore,
    run_id: str,
    target: Path,
    format_: ExportFormat | None = None,
    *,
    overwrite: bool = False,
) -> int:
    """Write the rows that a run has by now to a file, and return how many these are.

    The layouts are described at `write_csv`, `write_json` and `write_hdf5`.

    Args:
        format_: by default what the suffix of `target` says.
        overwrite: whether a file that exists is replaced.

    Raises:
        ConfigurationError: the suffix stands for no format, or a library for it is not installed.
        RunNotFound: there is no such run.
        StorageError: the file exists, cannot be written, or the run cannot be read.
    """
    write = _WRITERS[format_ or export_format(target)]
    run = store.snapshot(run_id)
    with replacing(target, overwrite=overwrite) as temporary:
        write(run, temporary)
    return run.row_count
