"""The file that ``script run --output`` leaves: refused before the run starts, written after it."""

import os
import tempfile
from importlib.util import find_spec
from pathlib import Path

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.storage.export import ExportFormat, export_format, export_run
from benchwright.bench.storage.run_store import RunStore
from benchwright.cli.command import data_dir_option
from benchwright.cli.console import Console
from benchwright.core.errors import ConfigurationError, StorageError


def check_output(target: Path) -> None:
    """Make sure, as far as can be told now, that the rows can be written to `target` later.

    Raises:
        ConfigurationError: the name stands for no format, or the library for it is missing.
        StorageError: there is such a file, or its folder cannot be written to.
    """
    if export_format(target) is ExportFormat.HDF5 and find_spec("h5py") is None:
        raise ConfigurationError(
            "HDF5 files need the package h5py: install it with  pip install 'benchwright[hdf5]'"
        )
    if os.path.lexists(target):
        raise StorageError(f"{target} exists already and is not overwritten; name another file")
    try:
        with tempfile.TemporaryFile(dir=target.parent):
            pass
    except OSError as error:
        raise StorageError(f"cannot write {target}: {error.strerror}") from None


def write_output(folder: DataFolder, run_id: str, target: Path, console: Console) -> bool:
    """Write the rows of a run and say so; return False, and tell why, where it cannot be done."""
    try:
        rows = export_run(RunStore(folder.path), run_id, target)
    except (StorageError, ConfigurationError) as error:
        console.note(f"{console.paint('error:', 'red', 'bold')} {error.message}")
        again = f"benchwright runs export {run_id} -o {target}{data_dir_option(folder)}"
        console.note(f"the data is safe; try again with: {again}")
        return False
    console.note(f"{'1 row' if rows == 1 else f'{rows} rows'} written to {target}")
    return True
