"""The lines that wait to be shown: bounded, whatever a script prints."""

from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple

MOST_WAITING: Final = 4_000


class Line(NamedTuple):
    """A line of the console; `time` is empty where none is known, `kind` an index of `KINDS`."""

    time: str
    kind: int
    text: str


KINDS: Final = ("output", "info", "muted", "warning", "error")
OUTPUT, INFO, MUTED, WARNING, ERROR = range(len(KINDS))


class WaitingLines:
    """A queue that lets its oldest lines go and says how many they were; the run's data file has them all."""

    def __init__(self) -> None:
        self._lines: deque[Line] = deque()
        self._passed_over = 0

    def __len__(self) -> int:
        return len(self._lines) + bool(self._passed_over)

    def add(self, time: str, kind: int, texts: list[str]) -> None:
        """Add lines at the end."""
        surplus = max(0, len(texts) - MOST_WAITING)
        self._lines.extend(Line(time, kind, text) for text in texts[surplus:])
        self._passed_over += surplus
        while len(self._lines) > MOST_WAITING:
            self._lines.popleft()
            self._passed_over += 1

    def put_back(self, lines: Iterable[Line]) -> None:
        """Put lines that were shown before in front of those that wait."""
        self._lines.extendleft(reversed(list(lines)))

    def take(self, count: int) -> list[Line]:
        """Return the next lines, first how many were let go before them."""
        taken = []
        if self._passed_over:
            lines = "line" if self._passed_over == 1 else "lines"
            text = f"… {self._passed_over:,} {lines} came too fast to be shown; the run's data file has them"
            taken.append(Line("", MUTED, text))
            self._passed_over = 0
        taken += [self._lines.popleft() for _ in range(min(count, len(self._lines)))]
        return taken

    def clear(self) -> None:
        """Forget all."""
        self._lines.clear()
        self._passed_over = 0
