"""`benchwright runs space`: what the runs of each script take on disk."""

from collections import defaultdict

from benchwright.bench.history import RunHistory
from benchwright.cli.console import Console, table
from benchwright.core.run_record import RunSummary


def show(history: RunHistory, *, as_json: bool) -> int:
    """Show it, the largest first; return the exit code."""
    by_script: dict[str, list[RunSummary]] = defaultdict(list)
    for run in history.find():
        by_script[run.script].append(run)
    sizes = {script: sum(run.size_bytes for run in runs) for script, runs in by_script.items()}
    largest_first = sorted(by_script, key=lambda script: (-sizes[script], script))
    console = Console()
    if as_json:
        console.json(
            *(
                {"event": "space", "script": name, "runs": len(by_script[name]), "size_bytes": sizes[name]}
                for name in largest_first
            )
        )
        return 0
    total = sum(sizes.values())
    rows = [
        {"script": name or "(unknown)", "runs": f"{len(by_script[name]):,}", "size": _size(sizes[name])}
        for name in largest_first
    ]
    if rows:
        console.out("\n".join(table(rows, ("Script", "Runs", "Size"))))
    console.note(
        f"{_size(total)} in {history.store.path}; Benchwright deletes none of it, "
        "and what you remove there is gone from the lists"
    )
    return 0


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.1f} MB" if size_bytes >= 100_000 else f"{size_bytes / 1e3:.0f} kB"
