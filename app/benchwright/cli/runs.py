"""`benchwright runs`: shows past runs and exports their data, straight from the data folder."""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchwright.cli.command import Command, Parser, add_data_dir, add_json
from benchwright.cli.console import Console, printable, shown_value, table
from benchwright.core.script_problems import KILLED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchwright.bench.storage.run_store import RunStore
    from benchwright.core.run_record import RunRecord

_FORMATS: Final = ("csv", "hdf5", "json")
_SHOWN_LOG_LINES: Final = 20


def _add_list_arguments(parser: Parser) -> None:
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="at most N runs (default: 50)")
    parser.add_argument("--script", metavar="NAME", help="runs of this script only")
    add_data_dir(parser)
    add_json(parser)


def _add_show_arguments(parser: Parser) -> None:
    parser.add_argument("run_id", metavar="ID", help="a run; the start of its id is enough")
    add_data_dir(parser)
    add_json(parser)


def _add_export_arguments(parser: Parser) -> None:
    parser.add_argument("run_id", metavar="ID", help="a run; the start of its id is enough")
    parser.add_argument("--format", choices=_FORMATS, help="default: what the name of -o says, else csv")
    parser.add_argument(
        "-o", "--output", metavar="F", type=Path, help="default: ID with the suffix of the format"
    )
    add_data_dir(parser)
    add_json(parser)


def _store(arguments: Namespace) -> "RunStore":
    from benchwright.bench.data_folder import DataFolder
    from benchwright.bench.storage.run_store import RunStore

    return RunStore(DataFolder.at(arguments.data_dir).path)


# --- list -------------------------------------------------------------------------------------------------


def _list(arguments: Namespace) -> int:
    from benchwright.cli.command import UsageError

    if arguments.limit < 1:
        raise UsageError(f"--limit must be at least 1, found {arguments.limit}")
    records = _store(arguments).list(arguments.limit, script=arguments.script)
    show_records(records, as_json=arguments.json)
    return 0


def show_records(records: "Sequence[RunRecord]", *, as_json: bool) -> None:
    """Show runs as a table, or as an object each."""
    console = Console()
    if as_json:
        console.json(*map(_summary, records))
    elif records:
        headings = ("Run", "Started", "Script", "Outcome", "Duration", "Rows")
        console.out("\n".join(table(map(_row, records), headings)))
    else:
        console.note("no runs yet")


def _summary(record: "RunRecord") -> dict[str, Any]:
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


def _row(record: "RunRecord") -> dict[str, str]:
    return {
        "run": record.run_id,
        "started": f"{(record.started or record.created).astimezone():%Y-%m-%d %H:%M:%S}",
        "script": record.script,
        "outcome": str(record.state),
        "duration": f"{record.duration_s:.2f} s",
        "rows": str(record.rows),
    }


# --- show -------------------------------------------------------------------------------------------------


def _show(arguments: Namespace) -> int:
    store = _store(arguments)
    record = store.load(arguments.run_id)
    data_path = str(store.folder(record.run_id).data_path)
    console = Console()
    if arguments.json:
        import msgspec

        content = msgspec.to_builtins(record, builtin_types=(bytes,))
        console.json({**_summary(record), **content, "data_path": data_path})
    else:
        console.out(
            "\n".join([*_facts(record, data_path), *_calls(record), *_last_log_lines(store, record.run_id)])
        )
    return 0


def _facts(record: "RunRecord", data_path: str) -> list[str]:
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
        "data": data_path,
    }
    return [f"{name + ':':13} {printable(text)}" for name, text in facts.items() if text]


def _calls(record: "RunRecord") -> list[str]:
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


def _last_log_lines(store: "RunStore", run_id: str) -> list[str]:
    from collections import deque

    lines = deque(store.log(run_id), maxlen=_SHOWN_LOG_LINES)
    shown = [f"{line.utc.astimezone():%H:%M:%S}  {line.kind:7}  {printable(line.text)}" for line in lines]
    return ["", "last lines:", *shown] if shown else []


# --- export -----------------------------------------------------------------------------------------------


def _export(arguments: Namespace) -> int:
    from benchwright.bench.storage.export import SUFFIXES, ExportFormat, export_format, export_run

    store = _store(arguments)
    run_id = store.folder(arguments.run_id).run_id
    if arguments.format:
        format_ = ExportFormat(arguments.format)
    else:
        format_ = export_format(arguments.output) if arguments.output else ExportFormat.CSV
    target = arguments.output or Path(f"{run_id}{SUFFIXES[format_]}")
    rows = export_run(store, run_id, target, format_)
    console = Console()
    if arguments.json:
        console.json({"event": "exported", "run_id": run_id, "path": str(target.resolve()), "rows": rows})
    else:
        console.out(f"{rows} rows in {target}")
    return 0


COMMANDS: Final = (
    Command(
        "list",
        "list past and present runs, the newest first",
        _add_list_arguments,
        _list,
        ("benchwright runs list", "benchwright runs list --script malus_scan.lua --limit 5 --json"),
    ),
    Command(
        "show",
        "show all that is known of a run",
        _add_show_arguments,
        _show,
        ("benchwright runs show 20240531-120000-a1b2c3",),
    ),
    Command(
        "export",
        "write the rows of a run to a file",
        _add_export_arguments,
        _export,
        (
            "benchwright runs export 20240531-120000-a1b2c3 --format csv",
            "benchwright runs export 20240531-120000-a1b2c3 --format hdf5 -o scan.h5",
        ),
    ),
)
