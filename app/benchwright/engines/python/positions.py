"""Lines and columns of Python text, which the language counts in bytes here and in characters there."""

import re

from benchwright.engines.checks import Place

_LINE_END = re.compile(r"\r\n|\r|\n")


class Text:
    """A script's text by lines, split where Python splits it."""

    def __init__(self, source: str) -> None:
        self._lines = _LINE_END.split(source)

    def __len__(self) -> int:
        return len(self._lines)

    def line(self, number: int) -> str:
        """Return a line by its 1-based number, an empty text where there is none."""
        return self._lines[number - 1] if 0 < number <= len(self._lines) else ""

    def column(self, number: int, offset: int) -> int:
        """Return the 1-based column of the 0-based offset in UTF-8 bytes into a line."""
        text = self.line(number)
        if text.isascii():
            return offset + 1
        return len(text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "ignore")) + 1

    def place(self, line: int, offset: int, end_line: int | None, end_offset: int | None) -> Place:
        """Return where a piece of text stands; of one that spans lines only the first counts."""
        start = self.column(line, offset)
        if end_line != line or end_offset is None:
            return Place(line, start, max(len(self.line(line)), start) + 1)
        return Place(line, start, max(self.column(line, end_offset), start + 1))
