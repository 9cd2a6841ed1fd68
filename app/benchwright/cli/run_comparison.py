"""`benchwright runs compare`: in what two runs differ."""

from typing import Any, Final

import msgspec

from benchwright.bench.history import Difference, RunComparison
from benchwright.cli.console import Console, shown_value, table
from benchwright.cli.run_details import show_diff
from benchwright.core.values import Value

_WIDEST: Final = 40  # characters of a value; --json has it all


def show(found: RunComparison, *, as_json: bool) -> int:
    """Show what differs; return the exit code."""
    console = Console()
    if as_json:
        console.json(_as_object(found))
        return 0
    heads = ("What", found.first.run_id, found.second.run_id)
    rows = [_row(each, heads) for each in found.differences]
    console.out("\n".join(table(rows, heads)))
    if found.same:
        console.out(f"\nthe same in both: {', '.join(found.same)}")
    for text in found.texts:
        console.out("")
        show_diff(console, text.diff)
    return 0


def _row(each: Difference, heads: tuple[str, str, str]) -> dict[str, str]:
    what = (
        each.name if each.topic in ("name", "outcome", "amounts", "settings") else f"{each.topic} {each.name}"
    )
    return dict(
        zip(("what", heads[1], heads[2]), (what, _shown(each.first), _shown(each.second)), strict=True)
    )


def _shown(value: Value) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    text = "" if value is None else shown_value(value)
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def _as_object(found: RunComparison) -> dict[str, Any]:
    return {
        "event": "comparison",
        "first": found.first.run_id,
        "second": found.second.run_id,
        "differences": msgspec.to_builtins(found.differences),
        "texts": msgspec.to_builtins(found.texts),
        "same": found.same,
    }
