"""Shows runs as a list, one line or one object each."""

from typing import TYPE_CHECKING, Any

from benchwright.cli.console import Console, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchwright.core.run_record import RunRecord, RunSummary


def show_records(
    records: "Sequence[RunRecord | RunSummary]", *, as_json: bool, when_none: str = "no runs yet"
) -> None:
    """Show runs as a table, or as an object each."""
    console = Console()
    if as_json:
        console.json(*map(summary, records))
    elif records:
        headings = ("Run", "Started", "Script", "Outcome", "Duration", "Rows")
        console.out("\n".join(table(map(_row, records), headings)))
    else:
        console.note(when_none)


def summary(record: "RunRecord | RunSummary") -> dict[str, Any]:
    """Return what the JSON of a list says of a run."""
    return {
        "event": "run",
        "run_id": record.run_id,
        "script": record.script,
        "outcome": record.state,
        "created": record.created,
        "started": record.started,
        "ended": record.ended,
        "duration_s": record.duration_s,
        "rows": record.rows,
        "error": record.error.message if record.error else None,
    }


def _row(record: "RunRecord | RunSummary") -> dict[str, str]:
    return {
        "run": record.run_id,
        "started": f"{(record.started or record.created).astimezone():%Y-%m-%d %H:%M:%S}",
        "script": record.script,
        "outcome": str(record.state),
        "duration": f"{record.duration_s:.2f} s",
        "rows": str(record.rows),
    }
