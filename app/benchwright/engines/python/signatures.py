"""Makes the functions that a script sees look as if written by hand: name, signature, documentation."""

import inspect
from collections.abc import Callable
from typing import Any

from benchwright.core.descriptors import MethodDescriptor, ParameterDescriptor

_TYPES: dict[str, object] = {
    "float": float,
    "integer": int,
    "boolean": bool,
    "text": str,
    "list": list,
    "map": dict,
    "": None,
}


def dress(
    function: Callable[..., Any], descriptor: MethodDescriptor, owner: str = "", *, has_self: bool = False
) -> None:
    """Give `function` the name, signature and documentation of its descriptor."""
    function.__name__ = descriptor.name
    function.__qualname__ = f"{owner}.{descriptor.name}" if owner else descriptor.name
    function.__module__ = "__main__"
    function.__doc__ = documentation(descriptor)
    signature = _signature(descriptor, has_self)
    if signature is not None:
        function.__signature__ = signature  # type: ignore[attr-defined]


def documentation(descriptor: MethodDescriptor) -> str:
    """Say what a method does, takes and gives, one line each."""
    lines = [descriptor.help]
    lines += [_parameter_line(parameter) for parameter in descriptor.parameters]
    if descriptor.result:
        unit = f" in {descriptor.unit}" if descriptor.unit else ""
        lines.append(f"returns: {descriptor.result}{unit}")
    return "\n".join(line for line in lines if line)


def _parameter_line(parameter: ParameterDescriptor) -> str:
    text = f"{parameter.name}: {parameter.allowed()}"
    return f"{text}; {parameter.help}" if parameter.help else text


def _signature(descriptor: MethodDescriptor, has_self: bool) -> inspect.Signature | None:
    parameters = [_parameter(parameter) for parameter in descriptor.parameters]
    if has_self:
        parameters.insert(0, inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY))
    try:
        return inspect.Signature(parameters, return_annotation=_TYPES.get(descriptor.result, Any))
    except ValueError:  # a required parameter after an optional one: callable, but not in Python's grammar
        return None


def _parameter(parameter: ParameterDescriptor) -> inspect.Parameter:
    return inspect.Parameter(
        parameter.name,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        default=inspect.Parameter.empty if parameter.required else parameter.default,
        annotation=_TYPES.get(parameter.type, Any),
    )
