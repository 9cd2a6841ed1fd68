"""The script library: plain files in a folder, and what is kept beside them."""

from benchwright.bench.library.run_statistics import RunStatistics
from benchwright.bench.library.script_entry import ScriptEntry
from benchwright.bench.library.script_manager import ScriptManager

__all__ = ["RunStatistics", "ScriptEntry", "ScriptManager"]
