"""Where a syntax error is: Lua names the line and the token, and the column is found by cutting the text."""

import re
from bisect import bisect_left
from typing import Final

from benchwright.core.diagnostics import SYNTAX, Diagnostic, Severity
from benchwright.engines.lua.runtime import compile_error
from benchwright.engines.lua.source import to_bytes
from benchwright.engines.lua.tokens import Lines, Span, Token, tokens_of

_MESSAGE: Final = re.compile(r"\?:(\d+): (.*)\Z", re.DOTALL)
_NEAR: Final = re.compile(r" near (?:'(.*)'|(<eof>))\Z", re.DOTALL)
_BYTE: Final = re.compile(r"<\\(\d+)>\Z")
_QUOTED: Final = re.compile(r"'([^']*)'")
_JUMP: Final = re.compile(
    r"(?:no visible label '(\w+)' for <goto>|<goto (\w+)>|(break) outside (?:a )?loop) at line (\d+)"
)
_OPENER: Final = re.compile(r"(?:--)?\[=*\[")  # of a long string or comment
_UNFINISHED: Final = "near <eof>"
_OVERFLOW: Final = "C stack overflow"


def syntax_error(source: str) -> Diagnostic | None:
    """Return what keeps `source` from compiling, at the offending token, or None."""
    message = compile_error(to_bytes(source))
    if message is None:
        return None
    match = _MESSAGE.match(message)
    line, text = (int(match[1]), match[2]) if match else (1, message)
    span = _Search(source, line, text).span() if match else Span(1, 1, 2)
    if text.startswith("attempt to load a binary chunk"):
        text = "the script is a binary chunk, not text"
    elif text.startswith(_OVERFLOW):  # of which Lua does not tell the line
        text, span = "the script is nested too deeply", _Search(source, line, text).of_any_line()
    return Diagnostic(
        severity=Severity.ERROR,
        message=text,
        line=span.line,
        column=span.column,
        end_column=span.end_column,
        code=SYNTAX,
    )


class _Search:
    """Looks for the token that a message of Lua's compiler is about."""

    def __init__(self, source: str, line: int, message: str) -> None:
        self._source = source
        self._lines = Lines(source)
        self._tokens = tokens_of(source)
        self._message = message
        jump = _JUMP.match(message)  # is found wrong at the end of its block
        self._jump = jump and (jump[1] or jump[2] or jump[3])
        line = int(jump[4]) if jump else line
        start, end = self._lines.bounds(line)
        # A token may begin on an earlier line; the compiler names the line where it ends.
        self._on_line = [
            token for token in self._tokens if start < token.end <= end or start <= token.start < end
        ]
        self._line_start = start

    def span(self) -> Span:
        """Return the place of the error."""
        if self._jump:
            return self._of_names([self._jump])
        near = _NEAR.search(self._message)
        if near is None:
            return self._of_names(_QUOTED.findall(self._message))
        if near[2]:
            return self._of_end()
        text = near[1]
        if text[:1] in ("'", '"', "["):
            return self._of_string(text)
        candidates = [token for token in self._on_line if _matches(token.text, text)]
        token = candidates[0] if len(candidates) == 1 else self._first_refused(candidates or self._on_line)
        return self._lines.span(token.start, token.end) if token else self._of_line()

    def of_any_line(self) -> Span:
        """Return the place of the first token that is wrong, wherever it is."""
        token = self._first_refused(self._tokens)
        return self._lines.span(token.start, token.end) if token else Span(1, 1, 2)

    def _first_refused(self, candidates: list[Token]) -> Token | None:
        """Return the first token up to which the text is already wrong, not just unfinished.

        What is wrong stays wrong with more text behind it, so that few of many need to be tried.
        """
        at = bisect_left(candidates, True, key=self._is_wrong_up_to)
        return candidates[at] if at < len(candidates) else None

    def _is_wrong_up_to(self, token: Token) -> bool:
        message = compile_error(to_bytes(self._source[: token.end]))
        return message is not None and not message.endswith(_UNFINISHED) and "visible label" not in message

    def _of_end(self) -> Span:
        """Return the place of what the end of the text leaves unfinished, or of that end."""
        end = len(self._source)
        if self._message.startswith("unfinished long comment"):
            return self._of_unfinished_comment()
        if not self._message.startswith("unfinished"):
            return self._lines.span(end, end)
        token = self._tokens[-1]
        opener = _OPENER.match(self._source, token.start)
        return self._lines.span(token.start, opener.end() if opener else token.end)

    def _of_unfinished_comment(self) -> Span:
        """Return the place of the comment's start; the message says on which line that is."""
        started = re.search(r"starting at line (\d+)", self._message)
        line_start, _ = self._lines.bounds(int(started[1]) if started else 1)
        last = self._tokens[-1].end if self._tokens else 0
        opener = _OPENER.search(self._source, max(line_start, last))
        return self._lines.span(*opener.span()) if opener else self._of_line()

    def _of_string(self, text: str) -> Span:
        """Return the place of a string that is not finished, or of the escape in it that is not valid."""
        fitting = [token for token in self._on_line if self._source.startswith(text, token.start)]
        token = fitting[0] if len(fitting) == 1 else self._first_refused(fitting)
        if token is None:
            return self._of_line()
        at = text.rfind("\\")
        if "escape" in self._message or "hexadecimal digit" in self._message or "UTF-8" in self._message:
            return self._lines.span(token.start + max(at, 0), token.start + len(text))
        return self._lines.span(token.start, token.end)

    def _of_names(self, names: list[str]) -> Span:
        """Return the place of a name that a message without a token is about."""
        for name in names:
            tokens = [token for token in self._on_line if token.text == name]
            if tokens:
                token = tokens[0] if len(tokens) == 1 else self._first_refused(tokens) or tokens[-1]
                return self._lines.span(token.start, token.end)
        return self._of_line()

    def _of_line(self) -> Span:
        """Return the place of the first token that is wrong on the line, for a message that does not tell."""
        start = self._line_start
        token = self._first_refused(self._on_line) or next(iter(self._on_line), Token("", start, start + 1))
        return self._lines.span(token.start, token.end)


def _matches(token: str, near: str) -> bool:
    byte = _BYTE.match(near)
    if byte:  # Lua names what it cannot print by its first byte
        return token[:1].encode("utf-8", "surrogatepass")[:1] == bytes([int(byte[1])])
    return token == near
