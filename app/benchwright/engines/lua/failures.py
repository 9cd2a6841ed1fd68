"""Makes an exception of the error that ended a script: its class, line, column and traceback."""

import re
from collections.abc import Collection, Iterable
from typing import Final

from benchwright.core.errors import BenchwrightError, ExecutionError
from benchwright.engines.lua.ledger import Ledger
from benchwright.engines.lua.tokens import Lines, tokens_of

_ANY_PLACE: Final = re.compile(r"[^\n]{1,80}?:\d+: ")
_CULPRIT: Final = re.compile(r"\((?:global|local|method|field|upvalue|constant) '([^']*)'\)")
_BAD_ARGUMENT: Final = re.compile(r"bad argument #\S+ to '(?:\w+\.)?(\w+)'")
_TRACE_LINE: Final = re.compile(r"(.*?):(\d+): ")


class FailureReader:
    """Reads the errors of one script, called `name` in messages; `modules` are its library scripts' files."""

    def __init__(self, name: str, source: str, ledger: Ledger, modules: Collection[str] = ()) -> None:
        self._name = name
        self._source = source
        self._ledger = ledger
        self._modules = modules
        self._own_place = re.compile(re.escape(name) + r":(\d+): ")

    def error(self, text: str, trace: str) -> BenchwrightError:
        """Return the exception for an error text and the lines of the script that were on the stack."""
        message, line = self._without_places(text)
        raised = self._ledger.raised(_strip_places(message))
        line = line or self._line_of(trace.splitlines()) or (raised.line if raised else 0)
        error = raised.error if raised else ExecutionError(message)
        if raised and (place := self._place_in_module(trace)):
            error.args = (f"{place}: {error}",)
        culprits = [raised.culprit] if raised else _CULPRIT.findall(message) + _BAD_ARGUMENT.findall(message)
        found = {
            "line": line or None,
            "column": self.column_of(line, culprits[0]) if culprits and line else None,
            "traceback": trace or None,
        }
        for attribute, value in found.items():
            setattr(error, attribute, value)
        return error

    def column_of(self, line: int, name: str) -> int | None:
        """Return the column of a name on a line where it stands there once."""
        lines = Lines(self._source)
        try:
            start, end = lines.bounds(line)
        except IndexError:
            return None
        found = [
            token.start - start + 1
            for token in tokens_of(self._source)
            if start <= token.start < end and token.text in (name, f'"{name}"', f"'{name}'")
        ]
        return found[0] if len(found) == 1 else None

    def _without_places(self, text: str) -> tuple[str, int]:
        """Take the script's own places off a text; the last of them is where the error came from."""
        line = 0
        while match := self._own_place.match(text):
            line = int(match[1])
            text = text[match.end() :]
        return text, line

    def _line_of(self, trace: Iterable[str]) -> int:
        for entry in trace:
            match = _TRACE_LINE.match(entry)
            if match and match[1] == self._name:
                return int(match[2])
        return 0

    def _place_in_module(self, trace: str) -> str:
        """Return file and line of the library script in which the error arose, if it was one."""
        match = _TRACE_LINE.match(trace)
        return f"{match[1]}:{match[2]}" if match and match[1] in self._modules else ""


def _strip_places(text: str) -> str:
    while match := _ANY_PLACE.match(text):
        text = text[match.end() :]
    return text
