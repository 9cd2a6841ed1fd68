"""Finds the script that a command line names: a file, or a script of the library."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from benchwright.bench.scripts.script_file import ScriptFile, read_script
from benchwright.core.errors import ScriptNotFound

if TYPE_CHECKING:
    from benchwright.bench.data_folder import DataFolder


def named_script(text: str, folder: "DataFolder") -> ScriptFile:
    """Return the script in a file, else the one that the library of a data folder has under that name.

    Raises:
        ScriptNotFound: there is neither, or it is no script.
        MetadataError: its metadata is not valid, or a script that it needs cannot be used.
    """
    path = Path(text)
    is_there = os.path.exists(path)  # noqa: PTH110 - Path's own fails where the name is too long
    if is_there or (path.suffix and not folder.library.is_dir()):
        return read_script(path, folder.library)
    from benchwright.bench.library import ScriptManager

    library = ScriptManager(folder.library)
    try:
        key = library.find(text)
    except ScriptNotFound:
        if path.suffix:
            return read_script(path)  # which says that there is no such file
        raise
    return library.load(key)
