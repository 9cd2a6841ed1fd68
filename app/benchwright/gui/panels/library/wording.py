"""How the library panel words the standing and the history of a script."""

from datetime import datetime
from html import escape
from textwrap import shorten
from typing import Final, NamedTuple

from benchwright.core.script_statistics import ScriptExecutionStats, ScriptStatus
from benchwright.gui.panels.library.shelf import ShelfItem
from benchwright.gui.wording import duration, memory, outcome

_LONGEST: Final = 240  # characters


WARNING: Final = "⚠"


class Sign(NamedTuple):
    """A character, and the theme's role that colours it."""

    sign: str
    colour: str


SIGNS: Final = {
    ScriptStatus.LOADED: Sign("", "muted"),
    ScriptStatus.COMPILED: Sign("", "muted"),
    ScriptStatus.COMPILATION_ERROR: Sign("✗", "error"),
    ScriptStatus.RUNNING: Sign("▸", "accent"),
    ScriptStatus.COMPLETED: Sign("✔", "ok"),
    ScriptStatus.FAILED: Sign("✗", "error"),
    ScriptStatus.TIMEOUT: Sign("◔", "warning"),
    ScriptStatus.CANCELLED: Sign("■", "muted"),
}
STATUS_WORDS: Final = {
    ScriptStatus.LOADED: "not run yet",
    ScriptStatus.COMPILED: "checked, not run yet",
    ScriptStatus.COMPILATION_ERROR: "has a syntax error",
    ScriptStatus.RUNNING: "is running",
    ScriptStatus.COMPLETED: "completed",
    ScriptStatus.FAILED: "failed",
    ScriptStatus.TIMEOUT: "stopped by its timeout",
    ScriptStatus.CANCELLED: "cancelled",
}


def ago(moment: datetime, now: datetime) -> str:
    """Return a time as people speak of it: ``just now``, ``12 min ago``, ``today 14:03``, ``2024-05-31``."""
    seconds = (now - moment).total_seconds()
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min ago"
    here, today = moment.astimezone(), now.astimezone()
    if here.date() == today.date():
        return f"today {here:%H:%M}"
    return f"{here:%Y-%m-%d %H:%M}"


def last_run(statistics: ScriptExecutionStats, now: datetime) -> str:
    """Return one line on the newest run."""
    if statistics.last_run is None or statistics.last_state is None:
        return "Not run yet"
    error = f": {brief(statistics.last_error)}" if statistics.last_error else ""
    return f"{_sentence(outcome(statistics.last_state))}, {ago(statistics.last_run, now)}{error}"


def numbers(statistics: ScriptExecutionStats) -> str:
    """Return one line on all runs, empty where there were none."""
    if not statistics.total:
        return ""
    runs = "1 run" if statistics.total == 1 else f"{statistics.total:,} runs"
    parts = [f"{runs}, {statistics.successful / statistics.total:.0%} completed"]
    parts.append(f"{duration(statistics.average_s)} on average, last {duration(statistics.last_s)}")
    if statistics.peak_memory_bytes:
        parts.append(f"up to {memory(statistics.peak_memory_bytes)}")
    return " · ".join(parts)


def problems(item: ShelfItem, statistics: ScriptExecutionStats) -> list[str]:
    """Return what is wrong with a script, a sentence each: with its file, then with its runs."""
    found = [item.entry.problem, *(each.text for each in statistics.problems)]
    return [_sentence(text) for text in found if text]


def sign_of(item: ShelfItem, status: ScriptStatus, statistics: ScriptExecutionStats) -> Sign:
    """Return the sign of a script: that something is wrong with it, or how it stands; while it runs, that."""
    if item.entry.problem or (statistics.problems and status is not ScriptStatus.RUNNING):
        return Sign(WARNING, "warning")
    return SIGNS[status]


def tip(item: ShelfItem, status: ScriptStatus, statistics: ScriptExecutionStats) -> str:
    """Return what there is to say of a script in a few lines, as rich text in which nothing is a tag."""
    entry = item.entry
    lines = [entry.name if entry.name != entry.stem else entry.file_name]
    lines += problems(item, statistics)
    lines += [brief(entry.description)] if entry.description else []
    lines += [_sentence(STATUS_WORDS[status])]
    shown = "<br>".join(escape(line) for line in [*lines, *filter(None, [numbers(statistics)])])
    return f"<qt>{shown}</qt>"


def brief(text: str) -> str:
    """Return a text in one line of bearable length."""
    return shorten(text, _LONGEST, placeholder=" …")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
