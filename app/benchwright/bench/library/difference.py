"""Shows what changed between two versions of a script, as a unified diff."""

from benchwright.bench.library.script_document import StoredScript
from benchwright.core.text_difference import text_difference


def difference(old: StoredScript, new: StoredScript, old_title: str, new_title: str) -> str:
    """Return the lines that differ, of the source and then of the metadata; empty where none do."""
    pairs = ((old.file, old.source, new.source), ("metadata", old.metadata or "", new.metadata or ""))
    parts = (
        text_difference(before, after, f"{name}  {old_title}", f"{name}  {new_title}")
        for name, before, after in pairs
    )
    return "\n".join(filter(None, parts))
