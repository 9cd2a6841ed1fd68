"""How a text is laid out: its line ends, and how it is indented."""

import re
from collections import Counter
from itertools import pairwise
from typing import Final, NamedTuple

_LOOKED_AT: Final = 50_000  # characters in which the indentation is looked for
_BLANKS: Final = re.compile(r"^([ \t]+)\S", re.MULTILINE)
_WIDTHS: Final = (2, 3, 4, 8)
TAB_WIDTH: Final = 4


class TextFormat(NamedTuple):
    """What new lines are to follow; an `indent` of 0 is not known."""

    line_end: str = "LF"  # LF, CRLF or CR: that of most lines
    is_mixed: bool = False
    indent: int = 0  # columns a step
    tabs: bool = False


def format_of(text: str) -> TextFormat:
    """Return how a text is laid out."""
    crlf = text.count("\r\n")
    ends = {"LF": text.count("\n") - crlf, "CRLF": crlf, "CR": text.count("\r") - crlf}
    blanks = _BLANKS.findall(text[:_LOOKED_AT])
    tabbed = sum(each.startswith("\t") for each in blanks)
    is_mixed = sum(count > 0 for count in ends.values()) > 1
    most = max(ends, key=lambda end: ends[end])
    if tabbed * 2 > len(blanks):
        return TextFormat(most, is_mixed, TAB_WIDTH, True)
    return TextFormat(most, is_mixed, _step([len(each) for each in blanks if "\t" not in each]))


def _step(widths: list[int]) -> int:
    """Return the step from one depth to the next that is seen most often."""
    depths = [0, *widths]
    steps = Counter(abs(here - before) for before, here in pairwise(depths))
    likely = [step for step in _WIDTHS if steps[step]]
    return max(likely, key=lambda step: steps[step], default=0)
