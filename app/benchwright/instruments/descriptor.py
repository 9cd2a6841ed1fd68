"""`@query` and `@command`: a driver declares each method once, and its descriptor is built from that.

A parameter's type annotation says what it takes, ``Annotated[float, Quantity("deg", 0, 360)]``; the first
line of the docstring is the help; a line ``name: text`` in its ``Args`` section is the parameter's help.
"""

import inspect
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from benchwright.core.descriptors import MethodDescriptor, MethodKind, ParameterDescriptor
from benchwright.core.permissions import Permission
from benchwright.core.values import Value

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")


@dataclass(frozen=True)
class Quantity:
    """What a number or choice is allowed to be: unit, inclusive range, choices, name of its soft limit."""

    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str | int | float, ...] = ()
    limit: str = ""


_TYPE_NAMES = {float: "float", int: "integer", bool: "boolean", str: "text", list: "list", dict: "map"}
DESCRIPTOR_ATTRIBUTE = "__method_descriptor__"


def query(
    *,
    unit: str = "",
    telemetry: str = "",
    permission: Permission = Permission.DEVICE_READ,
    waits: bool = False,
) -> Callable[[Callable[Concatenate[S, P], R]], Callable[Concatenate[S, P], R]]:
    """Declare a method that reads; `unit` is its result's, `telemetry` the channel that it feeds."""
    return _declare(MethodKind.QUERY, permission, unit=unit, telemetry=telemetry, waits=waits)


def command(
    *, permission: Permission = Permission.DEVICE_CONTROL, waits: bool = False, unit: str = ""
) -> Callable[[Callable[Concatenate[S, P], R]], Callable[Concatenate[S, P], R]]:
    """Declare a method that acts; `waits` where it may last longer than one exchange."""
    return _declare(MethodKind.COMMAND, permission, waits=waits, unit=unit)


def _declare(
    kind: MethodKind, permission: Permission, **more: Any
) -> Callable[[Callable[Concatenate[S, P], R]], Callable[Concatenate[S, P], R]]:
    def decorate(function: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
        descriptor = describe_method(function, kind, permission, **more)
        name = descriptor.name

        @wraps(function)
        def checked(self: Any, /, *args: Any, **kwargs: Any) -> Any:
            bound = self.methods[name].bind(f"{self.name}.{name}", list(args), kwargs)
            return function(self, *bound)  # type: ignore[call-arg]

        setattr(checked, DESCRIPTOR_ATTRIBUTE, descriptor)
        return checked

    return decorate


def describe_method(
    function: Callable[..., Any], kind: MethodKind, permission: Permission, **more: Any
) -> MethodDescriptor:
    """Build the descriptor of a driver's method from its signature and docstring."""
    hints = typing.get_type_hints(function, include_extras=True)
    notes = _argument_notes(function)
    parameters = list(inspect.signature(function).parameters.values())[1:]
    return MethodDescriptor(
        name=function.__name__,
        kind=kind,
        permission=permission,
        parameters=tuple(_describe_parameter(p, hints[p.name], notes.get(p.name, "")) for p in parameters),
        result=_type_name(hints.get("return", type(None))),
        help=(inspect.getdoc(function) or "").split("\n")[0],
        **more,
    )


def _describe_parameter(parameter: inspect.Parameter, hint: Any, note: str) -> ParameterDescriptor:
    quantity = next((m for m in getattr(hint, "__metadata__", ()) if isinstance(m, Quantity)), Quantity())
    required = parameter.default is inspect.Parameter.empty
    default: Value = None if required else parameter.default
    return ParameterDescriptor(
        name=parameter.name,
        type=_type_name(hint),
        unit=quantity.unit,
        minimum=quantity.minimum,
        maximum=quantity.maximum,
        choices=quantity.choices,
        required=required,
        default=default,
        help=note,
        limit=quantity.limit or parameter.name,
    )


def _type_name(hint: Any) -> str:
    if typing.get_origin(hint) is typing.Annotated:
        hint = typing.get_args(hint)[0]
    if isinstance(hint, types.UnionType):
        hint = next(arm for arm in typing.get_args(hint) if arm is not type(None))
    return _TYPE_NAMES.get(typing.get_origin(hint) or hint, "")


def _argument_notes(function: Callable[..., Any]) -> dict[str, str]:
    lines = (inspect.getdoc(function) or "").partition("Args:\n")[2].split("\n\n")[0].splitlines()
    pairs = (line.strip().partition(":") for line in lines)
    return {name.strip(): text.strip() for name, colon, text in pairs if colon}
