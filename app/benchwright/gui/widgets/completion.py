"""What can be written at a place of a script: instruments and methods, the host's functions, the language."""

import builtins
import importlib
import inspect
import keyword
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple, Protocol

from benchwright.core.descriptors import InstrumentDescriptor, MethodDescriptor, ParameterDescriptor
from benchwright.engines.host_api import HOST_FUNCTIONS
from benchwright.gui.widgets import lua_library
from benchwright.gui.widgets.script_names import (
    assigned,
    free_names,
    instrument_of,
    members_seen,
    open_call,
    open_quote,
)

_WORD: Final = re.compile(r"[A-Za-z_]\w*$")
_NAME_WANTED: Final = re.compile(r"instruments\s*[.:]\s*get(?:_async)?\s*\(\s*[\"'](\w*)$")
_PARAM_IN_STRING: Final = re.compile(r"\bparams\s*(?:\[\s*|\.get\(\s*)[\"'](\w*)$")
_PARAM_WANTED: Final = re.compile(r"\bparams\s*\.\s*(\w*)$")
_MEMBER_WANTED: Final = re.compile(r"([A-Za-z_]\w*|\))\s*([.:])\s*(\w*)$")
_NUMBER: Final = re.compile(r"\b\d\w*$")
_PYTHON_MODULES: Final = ("cmath", "datetime", "itertools", "json", "math", "random", "statistics", "time")
_CALL_REACH: Final = 2_000  # characters before the cursor in which an open call is looked for


class Site(NamedTuple):
    """A place in a script: the language, and the text before and behind the cursor."""

    language: str
    above: str
    below: str = ""


class Suggestion(NamedTuple):
    """A word, and one line on what it is."""

    word: str
    help: str = ""


class Completions(NamedTuple):
    """What could stand in the place of the last `typed` characters before the cursor."""

    typed: int
    suggestions: tuple[Suggestion, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """The words alone."""
        return tuple(each.word for each in self.suggestions)


class CallTip(NamedTuple):
    """A call as it is written, with its help; characters `start` to `end` are the argument being typed.

    `back` is how many characters before the cursor the call's bracket stands.
    """

    text: str
    start: int
    end: int
    back: int = 0


class CompletionSource(Protocol):
    """Who knows what can be written."""

    def complete(self, site: Site) -> Completions:
        """Return what can stand at the cursor, best first."""
        ...

    def call_tip(self, site: Site) -> CallTip | None:
        """Return the call inside whose brackets the cursor stands."""
        ...


class ScriptCompletion:
    """Completes from the descriptors of a bench and the declared parameters of a script."""

    def __init__(
        self,
        instruments: Callable[[], Mapping[str, InstrumentDescriptor]],
        parameters: Callable[[], Mapping[str, ParameterDescriptor]] = dict,
    ) -> None:
        self._instruments = instruments
        self._parameters = parameters

    def complete(self, site: Site) -> Completions:
        """Return what can stand at the cursor, best first; in strings and comments, names alone."""
        line = site.above.rpartition("\n")[2]
        if found := _NAME_WANTED.search(line):
            return _fitting(found[1], [Suggestion(*each) for each in self._instrument_names()])
        if found := _PARAM_IN_STRING.search(line) or _PARAM_WANTED.search(line):
            return _fitting(found[1], self._parameter_names())
        if open_quote(site.language, site.above) or _NUMBER.search(line):
            return Completions(0, ())
        if found := _MEMBER_WANTED.search(line):
            return _fitting(found[3], self._members(site, line[: found.start(2)].rstrip()))
        word = _WORD.search(line)
        typed = word[0] if word else ""
        return _fitting(typed, [*self._arguments(site), *_general(site, typed)])

    def call_tip(self, site: Site) -> CallTip | None:
        """Return the innermost open call before the cursor; None for what is not known."""
        near = site.above[-_CALL_REACH:]
        opened = open_call(site.language, near)
        if opened is None or open_quote(site.language, site.above)[:1] in ("#", "-"):
            return None
        bracket, argument = opened
        called = near[:bracket].rstrip()
        method = self._method(site, called)
        back = len(near) - bracket
        if method is not None:
            return describe_call(method, argument)._replace(back=back)
        return _library_tip(site, called, argument, back)

    def _method(self, site: Site, called: str) -> MethodDescriptor | None:
        name = _WORD.search(called)
        if name is None:
            return None
        owner = called[: name.start()].rstrip()
        if not owner.endswith((".", ":")):
            return HOST_FUNCTIONS.get(name[0])
        instrument = self._instrument(site, owner[:-1].rstrip())
        return next((m for m in instrument.methods if m.name == name[0]), None) if instrument else None

    def _instrument(self, site: Site, expression: str) -> InstrumentDescriptor | None:
        name = instrument_of(expression, assigned(site.language, site.above))
        return self._instruments().get(name) if name else None

    def _instrument_names(self) -> Iterable[tuple[str, str]]:
        for name, each in self._instruments().items():  # in the order of the configuration
            yield name, " ".join(part for part in (each.maker, each.model) if part) or each.help

    def _parameter_names(self) -> list[Suggestion]:
        return [Suggestion(name, _parameter_help(each)) for name, each in self._parameters().items()]

    def _members(self, site: Site, owner: str) -> Iterable[Suggestion]:
        word = _WORD.search(owner)
        name = word[0] if word else ""
        if name == "instruments":
            own = [
                Suggestion("get", "An instrument by its name"),
                Suggestion("list", "Names of all instruments"),
            ]
            if site.language == "python":
                own.append(Suggestion("get_async", "An instrument whose methods are awaited"))
            return own
        if (instrument := self._instrument(site, owner)) is not None:
            return [Suggestion(each.name, _method_help(each)) for each in instrument.methods]
        known = _library_members(site, name)
        if known or not name:
            return known
        seen = members_seen(site.language, site.above + site.below, name)
        return [Suggestion(each) for each in sorted(seen)]

    def _arguments(self, site: Site) -> list[Suggestion]:
        """Return the names that the arguments of the open call can be given by; Python alone has such."""
        opened = open_call(site.language, site.above[-_CALL_REACH:]) if site.language == "python" else None
        if opened is None:
            return []
        method = self._method(site, site.above[-_CALL_REACH:][: opened[0]].rstrip())
        return [Suggestion(f"{each.name}=", each.allowed()) for each in (method.parameters if method else ())]


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
    helps = [method.help] if method.help else []
    if 0 <= argument < len(method.parameters) and method.parameters[argument].help:
        helps.append(f"{method.parameters[argument].name}: {method.parameters[argument].help}")
    return CallTip("\n".join([f"{text}){_result(method)}", *helps]), start, end)


def _result(method: MethodDescriptor) -> str:
    unit = f" in {method.unit}" if method.unit else ""
    return f" → {method.result}{unit}" if method.result else ""


def _method_help(method: MethodDescriptor) -> str:
    takes = ", ".join(parameter.name for parameter in method.parameters)
    return f"({takes}){_result(method)}  {method.help}"


def _parameter_help(parameter: ParameterDescriptor) -> str:
    return f"{parameter.allowed()}  {parameter.help}"


def _fitting(typed: str, known: Iterable[Suggestion]) -> Completions:
    lower = typed.lower()
    fitting: dict[str, Suggestion] = {}
    for each in known:
        if each.word.lower().startswith(lower) and each.word != typed:
            fitting.setdefault(each.word, each)
    best_first = sorted(fitting.values(), key=lambda each: not each.word.startswith(typed))
    return Completions(len(typed), tuple(best_first))


def _general(site: Site, typed: str) -> list[Suggestion]:
    """Return what stands for itself: names of the script first, then the host's, then the language's."""
    before = site.above.removesuffix(typed)
    language = _language_words(site.language)
    host = [
        Suggestion("instruments", "The instruments of the bench"),
        Suggestion("params", "Values of the declared parameters"),
        *(Suggestion(each.name, _method_help(each)) for each in HOST_FUNCTIONS.values()),
    ]
    taken = {each.word for each in (*language, *host)}
    own = sorted(free_names(site.language, f"{before} {site.below}") - taken, key=str.lower)
    return [*(Suggestion(name) for name in own), *host, *language]


def _language_words(language: str) -> list[Suggestion]:
    if language == "python":
        names = [name for name in dir(builtins) if not name.startswith("_")]
        return [
            *(Suggestion(name, _first_line(getattr(builtins, name))) for name in names),
            *(Suggestion(word) for word in keyword.kwlist),
        ]
    if language != "lua":
        return []
    library = [Suggestion(name, text) for name, (_, text) in lua_library.LIBRARY.items() if "." not in name]
    modules = [Suggestion(name) for name in lua_library.MODULES]
    return [*library, *modules, *(Suggestion(word) for word in lua_library.KEYWORDS.split())]


def _library_members(site: Site, owner: str) -> list[Suggestion]:
    if site.language == "lua":
        start = f"{owner}."
        found = [(name, text) for name, (_, text) in lua_library.LIBRARY.items() if name.startswith(start)]
        return [Suggestion(name.removeprefix(start), text) for name, text in found]
    module = _python_module(site, owner)
    if module is None:
        return []
    return [Suggestion(name, _first_line(getattr(module, name))) for name in dir(module) if name[0] != "_"]


def _python_module(site: Site, name: str) -> object | None:
    """Return the module that a name stands for, of those that are cheap and do nothing when imported."""
    text = site.above + site.below
    renamed = re.search(rf"^\s*import\s+([\w.]+)\s+as\s+{re.escape(name)}\b", text, re.MULTILINE)
    module = renamed[1] if renamed else name
    is_imported = renamed or re.search(rf"^\s*import\s.*\b{re.escape(name)}\b", text, re.MULTILINE)
    return importlib.import_module(module) if module in _PYTHON_MODULES and is_imported else None


def _library_tip(site: Site, called: str, argument: int, back: int) -> CallTip | None:
    found = re.search(r"(?:([A-Za-z_]\w*)\s*[.:]\s*)?([A-Za-z_]\w*)$", called)
    if found is None:
        return None
    owner, name = found[1], found[2]
    if site.language == "lua":
        call, text = lua_library.LIBRARY.get(f"{owner}.{name}" if owner else name, ("", ""))
        return _tip(call, text, argument, back) if "(" in call else None
    home = _python_module(site, owner) if owner else builtins
    function = getattr(home, name, None)
    if site.language != "python" or not callable(function):
        return None
    try:
        signature = str(inspect.signature(function))
    except (TypeError, ValueError):
        signature = "(…)"
    return _tip(f"{name}{signature.replace(', /', '')}", _first_line(function), argument, back)


def _tip(call: str, text: str, argument: int, back: int) -> CallTip:
    inside = call[call.index("(") + 1 : call.rindex(")")]
    start = call.index("(") + 1
    parts = re.findall(r"[^,]+,?", inside)
    for index, part in enumerate(parts):
        bare = part.strip(" ,")
        if index == argument or (index == len(parts) - 1 and bare.startswith(("...", "*"))):
            start += len(part) - len(part.lstrip())
            return CallTip(f"{call}\n{text}".rstrip(), start, start + len(bare), back)
        start += len(part)
    return CallTip(f"{call}\n{text}".rstrip(), 0, 0, back)


def _first_line(thing: object) -> str:
    return (getattr(thing, "__doc__", None) or "").strip().partition("\n")[0]
