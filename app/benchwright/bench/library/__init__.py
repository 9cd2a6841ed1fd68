"""The script library: plain files in a folder, and what is kept beside them."""

from benchwright.bench.library.exchange import Conflict, ImportPreview
from benchwright.bench.library.run_statistics import RunStatistics
from benchwright.bench.library.script_document import StoredScript, read_document
from benchwright.bench.library.script_entry import ScriptEntry
from benchwright.bench.library.script_manager import ScriptManager
from benchwright.bench.library.trash import TrashedScript
from benchwright.bench.library.version_store import ScriptVersion

__all__ = [
    "Conflict",
    "ImportPreview",
    "RunStatistics",
    "ScriptEntry",
    "ScriptManager",
    "ScriptVersion",
    "StoredScript",
    "TrashedScript",
    "read_document",
]
