"""Describes what a class of PyMeasure can do: its properties and methods, those of its channels included.

A property ``voltage`` becomes ``get_voltage`` and ``set_voltage``, that of an axis or channel ``x`` becomes
``get_x_voltage``. Types and ranges are read from what PyMeasure's property makers keep: validator and values.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from benchwright.core.descriptors import MethodDescriptor, MethodKind, ParameterDescriptor
from benchwright.core.permissions import Permission
from benchwright.instruments.drivers.pymeasure import docstrings

_DEPTH: Final = 3
_WORTH_KEEPING: Final = ("reset", "clear", "shutdown")
_FORMAT: Final = re.compile(r"%[-+ #0-9.]*([diuxX]|[eEfFgG])")
_TYPES: Final = {float: "float", int: "integer", bool: "boolean", str: "text", list: "list", dict: "map"}


@dataclass(frozen=True)
class Member:
    """One method that we offer, and what it stands for there.

    Attributes:
        path: the attributes that lead to its owner, such as ``("x",)``.
        attribute: its name there.
        is_property: else it is a method.
        members: of an enumeration, by the names that scripts use.
    """

    descriptor: MethodDescriptor
    path: tuple[str, ...]
    attribute: str
    is_property: bool
    members: Mapping[str, Any]


def describe(instrument: Any) -> dict[str, Member]:
    """Return what an instrument of PyMeasure can do, by our names."""
    found: dict[str, Member] = {}
    later: list[Member] = []
    for path, owner in _owners(instrument, (), {id(instrument)}):
        for member in _members(owner, path):
            if member.is_property:
                found[member.descriptor.name] = member
            else:
                later.append(member)
    for member in later:
        name = member.descriptor.name
        found[f"call_{name}" if name in found else name] = member
    return found


def _owners(owner: Any, path: tuple[str, ...], seen: set[int]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield an instrument and its channels, axes and other parts, each once."""
    yield path, owner
    if len(path) == _DEPTH:
        return
    for name, part in vars(owner).items():
        if not name.startswith("_") and id(part) not in seen and _is_part(part):
            seen.add(id(part))
            yield from _owners(part, (*path, name), seen)


def _is_part(value: Any) -> bool:
    from pymeasure.instruments import Channel, Instrument

    if isinstance(value, (Channel, Instrument)):
        return True
    members = [each for cls in type(value).__mro__ for each in vars(cls).values()]
    return hasattr(value, "__dict__") and any(
        isinstance(each, property) and _is_made(each) for each in members
    )


def _is_made(static: property) -> bool:
    """Tell whether a property comes from PyMeasure's property makers."""
    return static.fget is not None and "get_process" in inspect.signature(static.fget).parameters


def _members(owner: Any, path: tuple[str, ...]) -> Iterator[Member]:
    plumbing = _plumbing()
    for name, static in _attributes(type(owner)).items():
        if name.startswith("_") or name in plumbing or not name.isascii():
            continue
        if isinstance(static, property):
            yield from _accessors(owner, path, name, static)
        elif inspect.isfunction(static):
            yield _method(path, name, static)


def _attributes(cls: type[Any]) -> dict[str, Any]:
    """Return the attributes of a class, the most basic class first, PyMeasure's own `Instrument` left out."""
    from pymeasure.instruments import Channel, Instrument

    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        if base not in (*Instrument.__mro__, *Channel.__mro__):
            found.update(vars(base))
    return found


def _plumbing() -> set[str]:
    from pymeasure.instruments import Channel, Instrument, SCPIMixin

    known = {*dir(Instrument), *dir(Channel), *dir(SCPIMixin)}
    return known - set(_WORTH_KEEPING) | {"identify"}  # which every driver has


# --- properties -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Made:
    """What PyMeasure's property makers were told, as far as it is of use."""

    is_made: bool
    get_command: str | None
    set_command: str | None
    validator: str
    values: Any
    is_mapped: bool
    is_processed: bool
    cast: Any

    @classmethod
    def of(cls, owner: Any, name: str, static: property) -> "_Made":
        get = _defaults(static.fget)
        told = {**_defaults(static.fset), **get}
        if not (static.fget and _is_made(static)):
            return cls(
                False, "" if static.fget else None, "" if static.fset else None, "", (), False, True, None
            )
        changed = {key: vars(owner)[f"___{name}_{key}"] for key in told if f"___{name}_{key}" in vars(owner)}
        told |= changed  # a dynamic property
        closure = inspect.getclosurevars(static.fget).nonlocals
        return cls(
            True,
            told["get_command"],
            told["set_command"],
            getattr(told["validator"], "__name__", ""),
            told["values"],
            bool(told["map_values"]),
            getattr(told["get_process"], "__name__", "") != "<lambda>" or _acts(told["get_process"]),
            closure.get("cast"),
        )


def _defaults(function: Callable[..., Any] | None) -> dict[str, Any]:
    if function is None:
        return {}
    parameters = inspect.signature(function).parameters.values()
    return {each.name: each.default for each in parameters if each.default is not each.empty}


def _acts(process: Callable[[Any], Any]) -> bool:
    """Tell whether a function makes something else of what it gets."""
    mark = object()
    try:
        return process(mark) is not mark
    except Exception:  # noqa: BLE001 - it wanted a number or a text
        return True


def _accessors(owner: Any, path: tuple[str, ...], name: str, static: property) -> Iterator[Member]:
    made = _Made.of(owner, name, static)
    doc = static.fget.__doc__ if static.fget else static.__doc__
    flat = "_".join((*path, name))
    choices, members = _choices(made)
    if made.get_command is not None:
        result = _result(made, doc, choices)
        descriptor = MethodDescriptor(
            name=f"get_{flat}",
            kind=MethodKind.QUERY,
            permission=Permission.DEVICE_READ,
            result=result,
            unit=docstrings.unit(doc) if result in ("float", "integer", "any") else "",
            help=docstrings.help_line(doc, "Get", f"Get {flat}."),
        )
        yield Member(descriptor, path, name, True, members)
    if made.set_command is not None:
        descriptor = MethodDescriptor(
            name=f"set_{flat}",
            kind=MethodKind.COMMAND,
            permission=Permission.DEVICE_CONTROL,
            parameters=(_parameter(flat, made, doc, choices),),
            help=docstrings.help_line(doc, "Set", f"Set {flat}."),
        )
        yield Member(descriptor, path, name, True, members)


def _choices(made: _Made) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return what may be chosen from, and the members of an enumeration by name."""
    values = made.values
    if not (made.is_mapped or "discrete_set" in made.validator) or isinstance(values, range):
        return (), {}
    if inspect.isclass(values) and issubclass(values, Enum):
        values = list(values)
    try:
        listed = list(values)
    except TypeError:
        return (), {}
    if listed and all(isinstance(each, Enum) for each in listed):
        named = {each.name: each for each in listed}
        return tuple(named), named
    if not all(isinstance(each, (bool, int, float, str)) for each in listed):
        return (), {}
    return tuple(listed), {}


def _type_of_choices(choices: tuple[Any, ...]) -> str:
    kinds = {type(each) for each in choices}
    if kinds == {int, float}:
        return "float"
    return _TYPES.get(kinds.pop(), "any") if len(kinds) == 1 else "any"


def _result(made: _Made, doc: str | None, choices: tuple[Any, ...]) -> str:
    """Return the type of what is read."""
    if made.is_mapped and choices:
        return _type_of_choices(choices)
    if made.cast in (bool, int, str) and not made.is_processed:
        return _TYPES[made.cast]
    told = docstrings.type_of(doc)
    if told:
        return told
    if not made.is_made or made.is_processed:
        return "any"
    if choices:
        return _type_of_choices(choices)
    return "float" if made.validator not in ("", "<lambda>") or docstrings.unit(doc) else "any"


def _parameter(flat: str, made: _Made, doc: str | None, choices: tuple[Any, ...]) -> ParameterDescriptor:
    low, high = _range(made)
    type_ = _type_of_choices(choices) if choices else _type_by_format(made, doc, is_range=low is not None)
    return ParameterDescriptor(
        name=flat,
        type=type_,
        unit=docstrings.unit(doc) if type_ in ("float", "integer") else "",
        minimum=low,
        maximum=high,
        choices=() if type_ == "boolean" else choices,
        limit=flat,
    )


def _range(made: _Made) -> tuple[float | None, float | None]:
    """Return what a range validator allows; also of those that bend a value until it fits."""
    values = made.values
    if made.is_mapped or not ("range" in made.validator or isinstance(values, range)):
        return None, None
    try:
        ends = min(values), max(values)
    except (TypeError, ValueError):
        return None, None
    return ends if all(isinstance(end, (int, float)) for end in ends) else (None, None)


def _type_by_format(made: _Made, doc: str | None, *, is_range: bool) -> str:
    """Return the type that the text of the command has a place for."""
    if isinstance(made.values, range) and not made.is_mapped:
        return "integer"
    placed = _FORMAT.search(made.set_command or "")
    if placed:
        return "integer" if placed[1] in "diuxX" and not made.is_mapped else "float"
    return docstrings.type_of(doc) or ("float" if is_range else "any")


# --- methods ----------------------------------------------------------------------------------------------


def _method(path: tuple[str, ...], name: str, function: Callable[..., Any]) -> Member:
    flat = "_".join((*path, name))
    parameters = list(inspect.signature(function).parameters.values())[1:]
    descriptor = MethodDescriptor(
        name=flat,
        kind=MethodKind.COMMAND,
        permission=Permission.DEVICE_CONTROL,
        parameters=tuple(_argument(each) for each in parameters if _can_be_given(each)),
        result="any",
        help=docstrings.help_line(function.__doc__, "", f"Call {flat}."),
        waits=True,  # nobody knows
    )
    return Member(descriptor, path, name, False, {})


def _can_be_given(parameter: inspect.Parameter) -> bool:
    is_named = parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    return is_named and (parameter.default is parameter.empty or not callable(parameter.default))


def _argument(parameter: inspect.Parameter) -> ParameterDescriptor:
    default, required = parameter.default, parameter.default is parameter.empty
    is_plain = not required and type(default) in _TYPES
    type_ = next((t for cls, t in _TYPES.items() if parameter.annotation in (cls, cls.__name__)), "")
    if not type_ and is_plain:
        type_ = "float" if type(default) is int else _TYPES[type(default)]
    return ParameterDescriptor(
        name=parameter.name,
        type=type_ or "any",
        required=required,
        default=default if is_plain else None,
        limit=parameter.name,
    )
