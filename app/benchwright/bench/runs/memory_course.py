"""Remembers how the memory of a run went, in little space however long the run is."""

from typing import Final

_MOST: Final = 64
_QUARTERS: Final = 4


class MemoryCourse:
    """Keeps measurements that are spread evenly over the time so far, and the last but one.

    The newest counts once another one follows: it may be of a process that has done its work and gives its
    memory back. Times in seconds from the run's start, in order; memory in bytes.
    """

    def __init__(self, spacing_s: float = 0.05) -> None:
        self._spacing_s = spacing_s
        self._kept: list[tuple[float, int]] = []
        self._last: tuple[float, int] | None = None
        self._newest: tuple[float, int] | None = None

    def add(self, at_s: float, size: int) -> None:
        """Take note of a measurement."""
        if self._newest is not None:
            self._keep(*self._newest)
        self._newest = at_s, size

    def _keep(self, at_s: float, size: int) -> None:
        self._last = (at_s, size)
        if self._kept and at_s < self._kept[-1][0] + self._spacing_s:
            return
        self._kept.append(self._last)
        if len(self._kept) > _MOST:
            self._kept = self._kept[::2]
            self._spacing_s *= 2

    def quarters(self) -> tuple[int, ...]:
        """Return the memory at the start, after each quarter and at the end; empty if there is none."""
        if self._last is None:
            return () if self._newest is None else (self._newest[1],) * (_QUARTERS + 1)
        first_s, last_s = self._kept[0][0], self._last[0]
        times = (first_s + (last_s - first_s) * part / _QUARTERS for part in range(_QUARTERS))
        return (*(self._nearest(moment) for moment in times), self._last[1])

    def _nearest(self, moment_s: float) -> int:
        return min(self._kept, key=lambda kept: abs(kept[0] - moment_s))[1]
