"""Reads a valid Lua text once and finds what the static checks want to know: names, their scopes, and calls.

The text is known to compile, so a walk over its tokens that follows blocks and declarations is enough.
"""

from dataclasses import dataclass, field
from typing import Final

from benchwright.engines.lua.expressions import (
    NAME_STARTS,
    ends_value,
    instrument_asked_for,
    string_value,
    target_start,
)
from benchwright.engines.lua.facts import Binding, Facts
from benchwright.engines.lua.tokens import KEYWORDS, is_name

_TESTS: Final = frozenset({"or", "and", "then", "==", "~="})  # after a name that may well be nil
_TESTED: Final = frozenset({"not", "==", "~=", "if", "elseif", "while", "until"})  # before such a name
_SUFFIXES: Final = frozenset({".", ":", "[", "("})
_STATEMENT_WORDS: Final = "break do else elseif end for function goto if local repeat return until while ; ::"
_STATEMENTS: Final = frozenset(_STATEMENT_WORDS.split())


@dataclass(slots=True)
class _Block:
    """A block that is open; `header` waits for its ``do``, `closing` for the end of its ``until``."""

    names: list[str] = field(default_factory=list)  # declared when the header's ``do`` comes
    undo: list[tuple[str, Binding | None]] = field(default_factory=list)
    pending: list[tuple[str, Binding | None]] | None = None  # declared when their statement is over
    header: bool = False
    closing: bool = False


_TABLE: Final = _Block()  # marks a table constructor among the blocks
_GLOBAL: Final = Binding("")  # in place of a binding: the name is no local variable


class ScopeWalker:
    """Walks over the tokens of a text; `facts` says what it found."""

    def __init__(self, tokens: list[str]) -> None:
        self.facts = Facts(tokens)
        self._tokens = [*tokens, "", "", "", ""]  # so that looking ahead and back needs no care
        self._scope: dict[str, Binding | None] = {}
        self._blocks = [_Block()]
        self._at = 0

    def walk(self) -> Facts:
        """Read the whole text."""
        tokens, count = self._tokens, len(self.facts.tokens)
        handlers, names = _HANDLERS, NAME_STARTS
        while self._at < count:
            token = tokens[self._at]
            if handler := handlers.get(token):
                handler(self)
            elif token[0] in names:
                self._name(token, self._at)
            self._at += 1
        return self.facts

    # Names.

    def _name(self, name: str, at: int) -> None:
        tokens = self._tokens
        before, after = tokens[at - 1], tokens[at + 1]
        if before in (".", ":"):
            return
        block = self._blocks[-1]
        if block is _TABLE:
            if after == "=":
                return
        elif (block.pending or block.closing) and ends_value(before):
            self._flush()
        binding = self._scope.get(name, _GLOBAL)
        if binding is _GLOBAL:
            self._global(name, at, before, after)
        elif binding is not None and after in (".", ":"):
            self.facts.uses.append((binding, at + 1))

    def _global(self, name: str, at: int, before: str, after: str) -> None:
        self.facts.reads[name].append(at)
        if after in _TESTS or (after not in _SUFFIXES and self._is_tested(before, at)):
            self.facts.tested.add(name)
        if name == "instruments" and (found := instrument_asked_for(self._tokens, at)):
            literal, end = found
            self.facts.instruments.append((literal, string_value(self._tokens[literal]) or ""))
            if self._tokens[end] in (".", ":"):
                self.facts.uses.append((Binding(self.facts.instruments[-1][1]), end))

    def _is_tested(self, before: str, at: int) -> bool:
        if before in _TESTED or (before == "(" and self._tokens[at - 2] == "type"):
            return True
        pending = self._blocks[-1].pending  # ``local name = name`` asks whether there is one
        return pending is not None and any(name == self._tokens[at] for name, _ in pending)

    def _bindings(self, at: int, count: int) -> list[Binding | None]:
        """Return what `count` variables hold whose values start at `at`."""
        bindings: list[Binding | None] = []
        while len(bindings) < count and "instruments" not in self._scope:
            found = instrument_asked_for(self._tokens, at)
            if found is None:
                break
            literal, end = found
            after = self._tokens[end]
            if after not in ("", ",") and after not in _STATEMENTS and not is_name(after):
                break
            bindings.append(Binding(string_value(self._tokens[literal]) or ""))
            if after != ",":
                break
            at = end + 1
        return bindings + [None] * (count - len(bindings))

    # Assignments and declarations.

    def _assignment(self) -> None:
        if self._blocks[-1] is _TABLE:
            return
        at = self._at
        targets: list[int] = []
        end = at - 1
        while True:
            start = target_start(self._tokens, end)
            targets.append(start if start == end and is_name(self._tokens[start]) else -1)
            if self._tokens[start - 1] != ",":
                break
            end = start - 2
        targets.reverse()
        for target, binding in zip(targets, self._bindings(at + 1, len(targets)), strict=True):
            if target >= 0:
                self._write(target, binding)

    def _write(self, at: int, binding: Binding | None) -> None:
        name = self._tokens[at]
        known = self._scope.get(name, _GLOBAL)
        if known is _GLOBAL:
            self.facts.writes[name].append(at)
            if binding is not None:
                self.facts.global_instruments[name] = binding
        elif isinstance(known, Binding):
            known.valid = False

    def _declare(self, name: str, binding: Binding | None = None) -> None:
        self._blocks[-1].undo.append((name, self._scope.get(name, _GLOBAL)))
        self._scope[name] = binding

    def _flush(self) -> None:
        """A statement starts: what waited for the end of the one before happens now."""
        block = self._blocks[-1]
        if block.closing:
            self._close()
        elif block.pending:
            pending, block.pending = block.pending, None
            for name, binding in pending:
                self._declare(name, binding)

    def _local(self) -> None:
        self._flush()
        if self._tokens[self._at + 1] == "function":
            self._at += 2
            self.facts.locals.append(self._at)
            self._declare(self._tokens[self._at])
            self._function_body(self._at + 1)
            return
        names = self._name_list(self._at + 1)
        if self._tokens[self._at] == "=":
            self._blocks[-1].pending = list(zip(names, self._bindings(self._at + 1, len(names)), strict=True))
            return
        self._at -= 1
        for name in names:
            self._declare(name)

    def _name_list(self, at: int) -> list[str]:
        """Read names between commas, each with its attribute; `_at` is left behind the last."""
        tokens = self._tokens
        names = []
        while True:
            names.append(tokens[at])
            self.facts.locals.append(at)
            at += 1
            if tokens[at] == "<":
                at += 3
            if tokens[at] != ",":
                self._at = at
                return names
            at += 1

    def _goto(self) -> None:
        self._flush()
        self._at += 1

    def _label(self) -> None:
        self._flush()
        self._at += 2

    # Blocks.

    def _function(self) -> None:
        at = self._at + 1
        if self._tokens[at] == "(":
            self._function_body(at)
            return
        self._flush()
        if self._tokens[at + 1] == "(":
            self._write(at, None)
        else:
            self._name(self._tokens[at], at)
        method = False
        while self._tokens[at] != "(":
            method = self._tokens[at] == ":" or method
            at += 1
        self._function_body(at, method)

    def _function_body(self, at: int, method: bool = False) -> None:
        """Open a function whose parameters start at `at`."""
        self._blocks.append(_Block())
        if method:
            self._declare("self")
        while (token := self._tokens[at]) != ")":
            if token[0] in NAME_STARTS:
                self._declare(token)
                self.facts.locals.append(at)
            at += 1
        self._at = at

    def _open(self) -> None:
        self._flush()
        self._blocks.append(_Block())

    def _while(self) -> None:
        self._flush()
        self._blocks.append(_Block(header=True))

    def _for(self) -> None:
        self._flush()
        self._blocks.append(_Block(header=True, names=self._name_list(self._at + 1)))

    def _do(self) -> None:
        block = self._blocks[-1]
        if not block.header:
            self._open()
            return
        block.header = False
        for name in block.names:
            self._declare(name)

    def _until(self) -> None:
        self._flush()
        self._blocks[-1].closing = True

    def _end(self) -> None:
        self._flush()
        self._close()

    def _else(self) -> None:
        self._end()
        self._blocks.append(_Block())

    def _close(self) -> None:
        for name, before in reversed(self._blocks.pop().undo):
            if before is _GLOBAL:
                del self._scope[name]
            else:
                self._scope[name] = before

    def _open_table(self) -> None:
        self._blocks.append(_TABLE)

    def _close_table(self) -> None:
        self._blocks.pop()

    def _skip(self) -> None:
        """A keyword or sign that changes nothing here."""


_HANDLERS: Final = dict.fromkeys(KEYWORDS, ScopeWalker._skip) | {
    "local": ScopeWalker._local,
    "function": ScopeWalker._function,
    "if": ScopeWalker._open,
    "repeat": ScopeWalker._open,
    "while": ScopeWalker._while,
    "for": ScopeWalker._for,
    "do": ScopeWalker._do,
    "until": ScopeWalker._until,
    "end": ScopeWalker._end,
    "else": ScopeWalker._else,
    "elseif": ScopeWalker._else,
    "return": ScopeWalker._flush,
    "break": ScopeWalker._flush,
    "goto": ScopeWalker._goto,
    "::": ScopeWalker._label,
    ";": ScopeWalker._flush,
    "=": ScopeWalker._assignment,
    "{": ScopeWalker._open_table,
    "}": ScopeWalker._close_table,
}
