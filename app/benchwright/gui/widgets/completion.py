"""What can be written at a place of a script: instruments and methods, the host's functions, the language."""

import builtins
import importlib
import keyword
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple, Protocol

from benchwright.core.descriptors import InstrumentDescriptor, MethodDescriptor
from benchwright.engines.host_api import HOST_FUNCTIONS

_WORD: Final = re.compile(r"[A-Za-z_]\w*$")
_WORDS: Final = re.compile(r"[A-Za-z_]\w{2,}")
_BINDING: Final = re.compile(
    r"\b([A-Za-z_]\w*)\s*=\s*(?:await\s+)?instruments\s*[.:]\s*get\s*\(\s*[\"'](\w+)[\"']"
)
_DIRECT: Final = re.compile(r"instruments\s*[.:]\s*get\s*\(\s*[\"'](\w+)[\"']\s*\)$")
_NAME_WANTED: Final = re.compile(r"instruments\s*[.:]\s*get\s*\(\s*[\"'](\w*)$")
_PARAM_WANTED: Final = re.compile(r"\bparams\s*(?:\.|\[\s*[\"']|\.get\(\s*[\"'])(\w*)$")
_MEMBER_WANTED: Final = re.compile(r"([A-Za-z_]\w*|\))\s*[.:](\w*)$")
_STRINGS: Final = re.compile(r"\"(?:[^\"\\]|\\.)*(?:\"|$)|'(?:[^'\\]|\\.)*(?:'|$)")
_LUA_WORDS: Final = (
    "and break do else elseif end false for function goto if in local nil not or repeat return then true "
    "until while assert error ipairs next pairs pcall print require select setmetatable tonumber tostring "
    "type xpcall"
)
_LUA_LIBRARIES: Final = {
    "math": "abs acos asin atan ceil cos deg exp floor fmod huge log max maxinteger min mininteger modf pi "
    "rad random sin sqrt tan tointeger type ult",
    "string": "byte char find format gmatch gsub len lower match rep reverse sub upper",
    "table": "concat insert move pack remove sort unpack",
    "coroutine": "create isyieldable resume running status wrap yield",
    "utf8": "char codepoint codes len offset",
    "os": "clock date difftime time",
}
_PYTHON_MODULES: Final = ("cmath", "datetime", "itertools", "json", "math", "random", "statistics", "time")


class Completions(NamedTuple):
    """What could stand in the place of the last `typed` characters before the cursor."""

    typed: int
    words: tuple[str, ...]


class CallTip(NamedTuple):
    """A call as it is written, with its help; characters `start` to `end` are the argument being typed."""

    text: str
    start: int
    end: int


class CompletionSource(Protocol):
    """Who knows what can be written; `before` is the line up to the cursor."""

    def complete(self, language: str, text: str, before: str) -> Completions:
        """Return what can stand at the cursor."""
        ...

    def call_tip(self, language: str, text: str, before: str) -> CallTip | None:
        """Return the call inside whose brackets the cursor stands."""
        ...


class ScriptCompletion:
    """Completes from the descriptors of a bench and the names of a script's parameters."""

    def __init__(
        self,
        instruments: Callable[[], Mapping[str, InstrumentDescriptor]],
        parameters: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        self._instruments = instruments
        self._parameters = parameters

    def complete(self, language: str, text: str, before: str) -> Completions:
        """Return what can stand at the cursor, best first."""
        if found := _NAME_WANTED.search(before):
            return _fitting(found[1], self._instruments())
        if found := _PARAM_WANTED.search(before):
            return _fitting(found[1], self._parameters())
        if found := _MEMBER_WANTED.search(before):
            owner = before[: found.start(2) - 1].rstrip()
            return _fitting(found[2], self._members(language, text, owner))
        word = _WORD.search(before)
        typed = word[0] if word else ""
        return _fitting(typed, _general_words(language, text, typed))

    def call_tip(self, language: str, text: str, before: str) -> CallTip | None:
        """Return the innermost open call before the cursor; None for what is not known."""
        opened = _open_call(before)
        if opened is None:
            return None
        called, argument = opened
        head = called.rstrip()
        name = _WORD.search(head)
        if name is None:
            return None
        owner = head[: name.start()].rstrip()
        if owner.endswith((".", ":")):
            descriptor = self._instrument_of(text, owner[:-1].rstrip())
            method = next((m for m in descriptor.methods if m.name == name[0]), None) if descriptor else None
        else:
            method = HOST_FUNCTIONS.get(name[0])
        return None if method is None else describe_call(method, argument)

    def _instrument_of(self, text: str, owner: str) -> InstrumentDescriptor | None:
        if direct := _DIRECT.search(owner):
            return self._instruments().get(direct[1])
        name = _WORD.search(owner)
        if name is None:
            return None
        bound = [found[2] for found in _BINDING.finditer(text) if found[1] == name[0]]
        return self._instruments().get(bound[-1]) if bound else None

    def _members(self, language: str, text: str, owner: str) -> Iterable[str]:
        name = _WORD.search(owner)
        word = name[0] if name else ""
        if word == "instruments":
            return ("get",)
        if (instrument := self._instrument_of(text, owner)) is not None:
            return sorted(method.name for method in instrument.methods)
        if language == "lua":
            return _LUA_LIBRARIES.get(word, "").split()
        imported = rf"^\s*import\s.*\b{word}\b"
        if word in _PYTHON_MODULES and re.search(imported, text, re.MULTILINE):
            return [each for each in dir(importlib.import_module(word)) if not each.startswith("_")]
        return ()


def describe_call(method: MethodDescriptor, argument: int = -1) -> CallTip:
    """Write a call with what each parameter takes; `argument` counts from 0."""
    text, start, end = f"{method.name}(", 0, 0
    for index, parameter in enumerate(method.parameters):
        part = f"{parameter.name}: {parameter.allowed()}"
        if not parameter.required:
            part = f"[{part}]"
        text += ", " if index else ""
        if index == argument:
            start, end = len(text), len(text) + len(part)
        text += part
    unit = f" in {method.unit}" if method.unit else ""
    result = f" → {method.result}{unit}" if method.result else ""
    helps = [method.help] if method.help else []
    if 0 <= argument < len(method.parameters) and method.parameters[argument].help:
        helps.append(f"{method.parameters[argument].name}: {method.parameters[argument].help}")
    return CallTip("\n".join([f"{text}){result}", *helps]), start, end)


def _fitting(typed: str, words: Iterable[str]) -> Completions:
    lower = typed.lower()
    starting = [word for word in words if word.lower().startswith(lower) and word != typed]
    return Completions(len(typed), tuple(dict.fromkeys(starting)))


def _general_words(language: str, text: str, typed: str) -> list[str]:
    own = set(_LUA_WORDS.split()) | set(_LUA_LIBRARIES)
    if language == "python":
        own = {*keyword.kwlist, *(name for name in dir(builtins) if not name.startswith("_"))}
    known = own | set(HOST_FUNCTIONS) | {"instruments", "params"}
    if typed:
        known |= set(_WORDS.findall(text))
    return sorted(known, key=lambda word: (word.lower(), word))


def _open_call(before: str) -> tuple[str, int] | None:
    """Return what stands before the innermost open bracket, and the number of commas after it."""
    bare = _STRINGS.sub(lambda found: "_" * len(found[0]), before)
    stack: list[tuple[int, int]] = []  # position of the bracket, commas since
    for index, character in enumerate(bare):
        if character in "([{":
            stack.append((index, 0))
        elif character in ")]}" and stack:
            stack.pop()
        elif character == "," and stack:
            stack[-1] = (stack[-1][0], stack[-1][1] + 1)
    opened = [(index, commas) for index, commas in stack if bare[index] == "("]
    return (before[: opened[-1][0]], opened[-1][1]) if opened else None
