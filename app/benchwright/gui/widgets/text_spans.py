"""Where a part of a text is after the text was edited."""

from typing import NamedTuple


class Span(NamedTuple):
    """Part of a text, from `start` up to but without `end`."""

    start: int
    end: int

    def after_insertion(self, position: int, length: int) -> "Span":
        """Return where it is once something was inserted; it grows only by what comes inside."""
        if position <= self.start:
            return Span(self.start + length, self.end + length)
        return Span(self.start, self.end + length if position < self.end else self.end)

    def after_removal(self, position: int, length: int) -> "Span":
        """Return what is left of it once something was removed; it may be empty."""
        return Span(_after_removal(self.start, position, length), _after_removal(self.end, position, length))


def _after_removal(edge: int, position: int, length: int) -> int:
    return edge - min(max(edge - position, 0), length)
