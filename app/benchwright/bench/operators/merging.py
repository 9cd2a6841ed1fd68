"""Joins events that follow each other, so that a flood of rows or lines costs a client little."""

import msgspec

from benchwright.core.events import AnyEvent, LineReached, LinesPrinted, ProgressMade, RowsRecorded

MERGED_CELLS = 20_000
_LATEST = (ProgressMade, LineReached)  # what was before is of no interest any more


def merged(events: list[AnyEvent]) -> list[AnyEvent]:
    """Return the events with neighbours joined: rows of the same columns, lines, progress, place."""
    result: list[AnyEvent] = []
    for event in events:
        joined = _joined(result[-1], event) if result else None
        if joined is None:
            result.append(event)
        else:
            result[-1] = joined
    return result


def _joined(first: AnyEvent, second: AnyEvent) -> AnyEvent | None:
    if first.run_id != second.run_id:
        return None
    if isinstance(first, RowsRecorded) and isinstance(second, RowsRecorded):
        return _joined_rows(first, second)
    if isinstance(first, LinesPrinted) and isinstance(second, LinesPrinted):
        fits = first.stream == second.stream and len(first.lines) < MERGED_CELLS
        return msgspec.structs.replace(first, lines=first.lines + second.lines) if fits else None
    return second if type(first) is type(second) and isinstance(second, _LATEST) else None


def _joined_rows(first: RowsRecorded, second: RowsRecorded) -> RowsRecorded | None:
    if (
        first.columns.keys() != second.columns.keys()
        or len(first.times_s) * len(first.columns) > MERGED_CELLS
    ):
        return None
    columns = {name: column + second.columns[name] for name, column in first.columns.items()}
    return msgspec.structs.replace(first, times_s=first.times_s + second.times_s, columns=columns)
