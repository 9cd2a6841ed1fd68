"""The static checks of a Lua text that compiles: facts from its tokens, held against the bench."""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from benchwright.core.diagnostics import Diagnostic
from benchwright.engines.checks import StaticChecks
from benchwright.engines.engine import CheckContext
from benchwright.engines.host_api import HOST_FUNCTIONS
from benchwright.engines.lua.arguments import (
    index_place,
    read_function_arguments,
    read_method_arguments,
)
from benchwright.engines.lua.expressions import starts_arguments, string_value
from benchwright.engines.lua.facts import Binding, Facts
from benchwright.engines.lua.scopes import ScopeWalker
from benchwright.engines.lua.tokens import Lines, is_name, is_readable, token_texts, tokens_of

HOST_TABLES: Final = ("instruments", "params", "require")
_LUA_NAMES: Final = """
assert collectgarbage error getmetatable ipairs load next pairs pcall print rawequal rawget rawlen rawset
require select setmetatable tonumber tostring type xpcall _G _VERSION coroutine math os string table utf8
"""
LUA_NAMES: Final = frozenset(_LUA_NAMES.split())
KNOWN_NAMES: Final = LUA_NAMES | HOST_FUNCTIONS.keys() | set(HOST_TABLES)
UNAVAILABLE: Final = frozenset({"debug", "dofile", "io", "loadfile", "package", "warn"})
_INSTRUMENTS_MEMBERS: Final = ("get", "list")
_HIDDEN_WRITES: Final = frozenset({"_ENV", "_G", "load"})  # a text with these may define any global


def check(source: str, context: CheckContext, modules: Mapping[str, str]) -> list[Diagnostic]:
    """Return what is wrong with the calls and names of a text; `modules` are the texts it may require."""
    if not is_readable(source):
        return []
    facts = ScopeWalker(token_texts(source)).walk()
    found = _Checker(facts, context, modules).check()
    return _placed(found, source) if found else []


def declaration_lines(source: str) -> list[int]:
    """Return the line of each variable that a text declares, in order.

    Variables are locals, parameters and loop variables, each declaration for itself, and distinct globals.
    """
    if not is_readable(source):
        return []
    facts = ScopeWalker(token_texts(source)).walk()
    indices = sorted([*facts.locals, *(places[0] for places in facts.writes.values())])
    tokens, lines = tokens_of(source), Lines(source)
    return [lines.line_of(tokens[index].start) for index in indices]


class _Checker:
    """Hands the facts of one text to the rules."""

    def __init__(self, facts: Facts, context: CheckContext, modules: Mapping[str, str]) -> None:
        self._facts = facts
        self._tokens = [*facts.tokens, "", "", "", "", "", ""]
        self._context = context
        self._modules = modules
        self._rules = StaticChecks(context, UNAVAILABLE)

    def check(self) -> list[Diagnostic]:
        """Return the findings, their places in tokens."""
        if self._is_host_name("instruments"):
            self._check_instruments()
        for name in HOST_FUNCTIONS.keys() & self._facts.reads.keys():
            if self._is_host_name(name) and not name.startswith("log_"):  # these take anything, as print does
                self._check_function(name)
        if self._is_host_name("params"):
            self._check_params()
        if self._is_host_name("require"):
            self._check_requires()
        self._check_names()
        return self._rules.diagnostics

    def _is_host_name(self, name: str) -> bool:
        return name in self._facts.reads and name not in self._facts.writes

    def _check_instruments(self) -> None:
        facts = self._facts
        for at, name in facts.instruments:
            self._rules.instrument(name, index_place(at, at + 1))
        for at in facts.reads["instruments"]:
            if self._tokens[at + 1] in (".", ":") and is_name(self._tokens[at + 2]):
                place = index_place(at + 2, at + 3)
                self._rules.member("instruments", self._tokens[at + 2], _INSTRUMENTS_MEMBERS, place)
        for binding, at in [*facts.uses, *self._global_uses()]:
            if binding.valid:
                self._check_use(binding, at)

    def _global_uses(self) -> Iterable[tuple[Binding, int]]:
        for name, binding in self._facts.global_instruments.items():
            if len(self._facts.writes[name]) == 1:
                for at in self._facts.reads[name]:
                    if self._tokens[at + 1] in (".", ":"):
                        yield binding, at + 1

    def _check_use(self, binding: Binding, at: int) -> None:
        descriptor = self._context.instruments.get(binding.instrument)
        after = self._tokens[at + 2]
        if descriptor is None or after == "=":
            return
        method, place = self._tokens[at + 1], index_place(at + 1, at + 2)
        if starts_arguments(self._tokens[at + 2]):
            own_name = self._tokens[at - 1] if self._tokens[at] == "." else ""
            arguments = read_method_arguments(self._tokens, at + 2, own_name if is_name(own_name) else "")
            self._rules.method_call(descriptor, method, place, arguments)
        else:
            self._rules.method(descriptor, method, place)

    def _check_function(self, name: str) -> None:
        for at in self._facts.reads[name]:
            if starts_arguments(self._tokens[at + 1]):
                arguments = read_function_arguments(self._tokens, at + 1)
                self._rules.function_call(name, index_place(at, at + 1), arguments)

    def _check_params(self) -> None:
        tokens = self._tokens
        for at in self._facts.reads["params"]:
            name = tokens[at + 2] if tokens[at + 1] == "." else string_value(tokens[at + 2])
            after = at + (3 if tokens[at + 1] == "." else 4)
            if tokens[at + 1] in (".", "[") and name and tokens[after] not in ("=", "or"):
                self._rules.parameter(name, index_place(at + 2, at + 3))

    def _check_requires(self) -> None:
        for at in self._facts.reads["require"]:
            literal = at + 2 if self._tokens[at + 1] == "(" else at + 1
            name = string_value(self._tokens[literal])
            if name is not None:
                self._rules.module(name, index_place(literal, literal + 1))

    def _check_names(self) -> None:
        """Report globals that are read and never defined, unless something unseen may define them."""
        facts = self._facts
        names = facts.reads.keys() - facts.writes.keys() - facts.tested - KNOWN_NAMES
        if not names or not _HIDDEN_WRITES.isdisjoint(facts.reads) or "_ENV" in facts.tokens:
            return
        if "require" in facts.reads:
            if not self._modules:
                return
            names -= _globals_of(self._modules)
        known = KNOWN_NAMES | facts.writes.keys() | {facts.tokens[at] for at in facts.locals}
        for name in names:
            for at in facts.reads[name]:
                self._rules.undefined_name(name, index_place(at, at + 1), known - {name})


def _globals_of(modules: Mapping[str, str]) -> set[str]:
    names: set[str] = set()
    for source in modules.values():
        names.update(ScopeWalker(token_texts(source)).walk().writes)
    return names


def _placed(found: list[Diagnostic], source: str) -> list[Diagnostic]:
    """Return the findings with lines and columns in place of numbers of tokens."""
    tokens, lines = tokens_of(source), Lines(source)
    placed = []
    for diagnostic in found:
        span = lines.span(tokens[diagnostic.column].start, tokens[diagnostic.end_column - 1].end)
        placed.append(
            msgspec.structs.replace(
                diagnostic, line=span.line, column=span.column, end_column=span.end_column
            )
        )
    return placed
