"""`benchwright runs show`: all that is known of a run."""

from argparse import Namespace
from collections.abc import Iterable
from typing import Final

import msgspec

from benchwright.bench.history import RunHistory
from benchwright.bench.storage.run_data import LogLine
from benchwright.bench.storage.run_folder import RunFolder
from benchwright.cli.console import Console, printable, shown_value, table
from benchwright.cli.run_list import summary
from benchwright.core.run_record import RunRecord
from benchwright.core.script_problems import KILLED

_SHOWN_LOG_LINES: Final = 20


def show(arguments: Namespace, history: RunHistory) -> int:
    """Show a run; return the exit code."""
    record = history.load(arguments.run_id)
    folder = history.store.folder(record.run_id)
    console = Console()
    if arguments.json:
        content = msgspec.to_builtins(record, builtin_types=(bytes,))
        console.json({**summary(record), **content, "data_path": str(folder.data_path)})
        if arguments.log:
            console.json(*({"event": "line", **line._asdict()} for line in history.log(record.run_id)))
        if arguments.diff:
            changes = history.changes_since(record.run_id)
            console.json({"event": "changes", "run_id": record.run_id, "diff": changes})
        return 0
    console.out("\n".join([*_facts(record, folder), *_calls(record)]))
    _show_log(console, history, record.run_id, whole=arguments.log)
    if arguments.diff:
        changes = history.changes_since(record.run_id)
        console.out("\n" + ("what changed since:" if changes else "the script is the same today"))
        show_diff(console, changes)
    return 0


def show_diff(console: Console, diff: str) -> None:
    """Write a unified diff, in colours where there are some."""
    styles = {"+++": "bold", "---": "bold", "@@": "cyan", "+": "green", "-": "red"}
    for line in diff.splitlines():
        style = next((style for start, style in styles.items() if line.startswith(start)), None)
        text = printable(line)
        console.out(console.paint_out(text, style) if style else text)


def _facts(record: RunRecord, folder: RunFolder) -> list[str]:
    error = record.error
    facts = {
        "run": record.run_id,
        "script": f"{record.script}  ({record.path})" if record.path else record.script,
        "outcome": f"{record.state}" + (f": {record.reason}" if record.reason else ""),
        "ended": KILLED if record.was_killed else "",
        "error": (f"line {error.line}: " if error and error.line else "") + (error.message if error else ""),
        "result": "" if record.result is None else shown_value(record.result),
        "started": f"{record.started.astimezone():%Y-%m-%d %H:%M:%S %z}" if record.started else "",
        "schedule": record.schedule,
        "duration": f"{record.duration_s:.2f} s, processor {record.cpu_s:.2f} s",
        "memory": f"{record.peak_memory_bytes / 2**20:.1f} MB at most beyond its start",
        "parameters": ", ".join(f"{name} = {value}" for name, value in record.parameters.items()),
        "permissions": ", ".join(record.permissions) or "none",
        "on stop": str(record.on_stop),
        "rows": str(record.rows),
        "data": str(folder.data_path),
        "on disk": f"{folder.size_bytes() / 1e6:.2f} MB",
    }
    return [f"{name + ':':13} {printable(text)}" for name, text in facts.items() if text]


def _calls(record: RunRecord) -> list[str]:
    if not record.calls:
        return []
    rows = (
        {
            "call": call,
            "count": str(times.count),
            "failed": str(times.failed),
            "mean": f"{times.total_s / max(times.count, 1) * 1000:.2f} ms",
            "longest": f"{times.longest_s * 1000:.2f} ms",
        }
        for call, times in record.calls.items()
    )
    return ["", *table(rows, ("Call", "Count", "Failed", "Mean", "Longest"))]


def _show_log(console: Console, history: RunHistory, run_id: str, *, whole: bool) -> None:
    if whole:
        lines: Iterable[LogLine] = history.log(run_id)
        heading = "log:"
    else:
        lines, before = history.store.data(run_id).last_lines(_SHOWN_LOG_LINES)
        heading = f"last lines ({before:,} more with --log):" if before else "last lines:"
    for at, line in enumerate(lines):
        shown = f"{line.utc.astimezone():%H:%M:%S}  {line.kind:7}  {printable(line.text)}"
        console.out(shown if at else f"\n{heading}\n{shown}")
