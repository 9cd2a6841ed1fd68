"""The static checks of both languages: what a script's text shows of its calls, held against the bench.

An engine finds the facts in its own syntax and hands them to `StaticChecks`, which knows the rules.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import msgspec

from benchwright.core.descriptors import InstrumentDescriptor, MethodDescriptor, ParameterDescriptor
from benchwright.core.diagnostics import Diagnostic, Severity
from benchwright.core.errors import (
    ArgumentError,
    CompilationError,
    PermissionDenied,
    UnknownNameError,
    did_you_mean,
)
from benchwright.core.permissions import Permission
from benchwright.engines.engine import CheckContext
from benchwright.engines.host_api import FUNCTION_PERMISSIONS, HOST_FUNCTIONS

MAX_SUGGESTIONS: Final = 50
UNKNOWN: Final = object()  # the value of an argument that is not a literal


class Place(NamedTuple):
    """Where something stands; all 1-based, columns count characters, the end is exclusive."""

    line: int
    column: int
    end_column: int


class Argument(NamedTuple):
    """One argument of a call: its literal value, or UNKNOWN."""

    value: object
    place: Place


@dataclass(frozen=True)
class Arguments:
    """All arguments of a call; where `complete` is False there may be more than the text shows."""

    positional: Sequence[Argument] = ()
    named: Mapping[str, Argument] = field(default_factory=dict)
    complete: bool = True


class _AnyValue(ParameterDescriptor, frozen=True, kw_only=True):
    """Stands in for a parameter whose argument is checked elsewhere or not known."""

    def check(self, value: object, call: str) -> None:
        return None


class StaticChecks:
    """Turns facts about a script's text into diagnostics, kept in the order of the text."""

    def __init__(self, context: CheckContext, unavailable: Collection[str] = ()) -> None:
        """`unavailable` are names that the language has and scripts do not get."""
        self._context = context
        self._unavailable = unavailable
        self._found: list[Diagnostic] = []
        self._suggestions: dict[str, str] = {}
        self._blind: dict[tuple[str, bool], MethodDescriptor] = {}

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """What was found so far, by line and column."""
        return sorted(self._found, key=lambda d: (d.line, d.column))

    def instrument(self, name: str, place: Place) -> InstrumentDescriptor | None:
        """Check the literal `name` of an ``instruments.get`` and return what is known of it."""
        known = self._context.instruments
        if name not in known and self._context.knows_instruments:
            self._add(UnknownNameError.code, str(UnknownNameError("instrument", name, known)), place)
        return known.get(name)

    def method(self, instrument: InstrumentDescriptor, name: str, place: Place) -> MethodDescriptor | None:
        """Check the mention of a method: that it is there, and that the script may use it."""
        try:
            method = instrument.method(name)
        except UnknownNameError as error:
            self._add(UnknownNameError.code, str(error), place)
            return None
        self._permission(method.permission, f"{instrument.name}.{name}", place)
        return method

    def method_call(
        self, instrument: InstrumentDescriptor, name: str, place: Place, arguments: Arguments
    ) -> None:
        """Check a call of a method; `place` is that of the method's name."""
        if method := self.method(instrument, name, place):
            self._arguments(method, f"{instrument.name}.{name}", place, arguments)

    def function_call(self, name: str, place: Place, arguments: Arguments) -> None:
        """Check a call of a function of the host; names that are none are left alone."""
        if name in HOST_FUNCTIONS:
            self._permission(FUNCTION_PERMISSIONS[name], name, place)
            self._arguments(HOST_FUNCTIONS[name], name, place, arguments)

    def member(self, owner: str, name: str, known: Collection[str], place: Place) -> None:
        """Check a name that is read from a table or object of the host, such as ``instruments``."""
        if name not in known:
            self._add(
                UnknownNameError.code, str(UnknownNameError("function", name, known, f" of {owner}")), place
            )

    def parameter(self, name: str, place: Place) -> None:
        """Check a name that is read from ``params``."""
        known = self._context.parameters
        if known is not None and name not in known:
            self._add(UnknownNameError.code, str(UnknownNameError("parameter", name, known)), place)

    def module(self, name: str, place: Place) -> None:
        """Check the literal name of a required library script."""
        known = self._context.dependencies
        if name not in known:
            hint = "declare it in the script's metadata: dependencies"
            self._add(UnknownNameError.code, str(UnknownNameError("dependency", name, known)), place, hint)
        elif name in self._context.broken:
            why = self._context.broken[name]
            self._add(CompilationError.code, f"module {name!r} is not valid: {why}", place)

    def undefined_name(self, name: str, place: Place, known: Collection[str]) -> None:
        """Report a name that is read and that nothing in the script or its environment defines."""
        if name in self._unavailable:
            self._add("undefined_name", f"{name} is not available to scripts", place)
        else:
            self._add("undefined_name", f"{name} is not defined{self._suggestion(name, known)}", place)

    def _suggestion(self, name: str, known: Collection[str]) -> str:
        """Return what `name` may stand for; found once, and only for the first names."""
        if name not in self._suggestions:
            enough = len(self._suggestions) >= MAX_SUGGESTIONS
            self._suggestions[name] = "" if enough else did_you_mean(name, known)
        return self._suggestions[name]

    def _permission(self, permission: Permission | None, call: str, place: Place) -> None:
        if permission is not None and permission not in self._context.permissions:
            hint = f'declare it in the script\'s metadata: permissions = ["{permission}"]'
            self._add(PermissionDenied.code, str(PermissionDenied(permission, call)), place, hint)

    def _arguments(self, method: MethodDescriptor, call: str, place: Place, arguments: Arguments) -> None:
        self._values(method, call, arguments)
        self._shape(method, call, place, arguments)

    def _values(self, method: MethodDescriptor, call: str, arguments: Arguments) -> None:
        by_name = {parameter.name: parameter for parameter in method.parameters}
        given = list(zip(method.parameters, arguments.positional, strict=False))
        given += [(by_name[name], value) for name, value in arguments.named.items() if name in by_name]
        for parameter, argument in given:
            if argument.value is not UNKNOWN and (why := _refusal(parameter.check, argument.value, call)):
                self._add(_value_code(parameter, argument.value), why, argument.place)

    def _shape(self, method: MethodDescriptor, call: str, place: Place, arguments: Arguments) -> None:
        """Check number and names of the arguments by binding them to parameters that take any value."""
        count = len(arguments.positional)
        blind = self._blind.get((call, arguments.complete))
        if blind is None:
            blind = self._blind[call, arguments.complete] = _without_types(method, arguments.complete)
        unknown = [name for name in arguments.named if name not in {p.name for p in method.parameters}]
        if len(method.parameters) < count:
            place = arguments.positional[len(method.parameters)].place
        elif unknown:
            place = arguments.named[unknown[0]].place
        try:
            blind.bind(call, [None] * count, dict.fromkeys(arguments.named))
        except ArgumentError as error:
            self._add("argument_name" if unknown else "argument_count", str(error), place)

    def _add(self, code: str, message: str, place: Place, hint: str | None = None) -> None:
        self._found.append(
            Diagnostic(
                severity=Severity.ERROR,
                message=message,
                line=place.line,
                column=place.column,
                end_column=place.end_column,
                code=code,
                hint=hint,
            )
        )


def _without_types(method: MethodDescriptor, complete: bool) -> MethodDescriptor:
    parameters = [_AnyValue(name=p.name, required=complete and p.required) for p in method.parameters]
    return msgspec.structs.replace(method, parameters=tuple(parameters))


def _refusal(check: Callable[[object, str], object], value: object, call: str) -> str | None:
    try:
        check(value, call)
    except ArgumentError as error:
        return str(error)
    return None


def _value_code(parameter: ParameterDescriptor, value: object) -> str:
    """Tell a value of the wrong type from one out of range, as NaN and infinity are for every number."""
    if parameter.type == "float" and isinstance(value, (int, float)) and not isinstance(value, bool):
        return "argument_range"
    unbounded = msgspec.structs.replace(parameter, minimum=None, maximum=None, choices=())
    fits = _refusal(unbounded.check, value, "") is None
    return "argument_range" if fits else "argument_type"
