"""Puts the rows of a run in order: those that were read from disk, then those that came meanwhile."""

from collections.abc import Callable

import msgspec

from benchwright.core.events import RowsRecorded


class RowOrder:
    """Hands on the rows of one run at a time, in order and each once.

    Args:
        show: takes what comes next; it may begin in the midst of what was put in.
    """

    def __init__(self, show: Callable[[RowsRecorded], None]) -> None:
        self._show = show
        self._run_id, self._shown = "", 0  # how many rows of which run were shown
        self._waiting: list[RowsRecorded] | None = None  # live rows, while earlier ones are read

    def hold(self) -> None:
        """Let live rows wait until `release`, since earlier ones come first."""
        self._waiting = []

    def release(self) -> None:
        """Show the live rows that waited, and from now on each as it comes."""
        waiting, self._waiting = self._waiting or [], None
        for rows in waiting:
            self._pass_on(rows)

    def forget(self) -> None:
        """Drop what waits: another run begins."""
        self._waiting = None

    def take(self, rows: RowsRecorded) -> None:
        """Take rows that came live."""
        if self._waiting is None:
            self._pass_on(rows)
        else:
            self._waiting.append(rows)

    def take_earlier(self, rows: RowsRecorded) -> None:
        """Take rows that were read from disk; there is no place for them after `release`."""
        if self._waiting is not None:
            self._pass_on(rows)

    def has_gap(self) -> bool:
        """Tell whether rows are missing between the last that was shown and the first that waits."""
        if not self._waiting:
            return False
        first = self._waiting[0]
        return first.first > (self._shown if self._run_id == first.run_id else 0)

    def _pass_on(self, rows: RowsRecorded) -> None:
        if self._run_id != rows.run_id:
            self._run_id, self._shown = rows.run_id, 0
        stop = rows.first + len(rows.times_s)
        if stop > self._shown:  # else they were read from disk before they came
            rows = _without_first(rows, self._shown - rows.first)
            self._shown = stop
            self._show(rows)


def _without_first(rows: RowsRecorded, count: int) -> RowsRecorded:
    if count <= 0:
        return rows
    columns = {name: values[count:] for name, values in rows.columns.items()}
    return msgspec.structs.replace(
        rows, first=rows.first + count, times_s=rows.times_s[count:], columns=columns
    )
