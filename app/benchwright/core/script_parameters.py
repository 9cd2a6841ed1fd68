"""The parameters that a script takes: their declarations in its TOML metadata, and values given as text."""

from typing import Any, Final

import msgspec

from benchwright.core.descriptors import ParameterDescriptor
from benchwright.core.errors import ArgumentError
from benchwright.core.toml_table import TomlTable
from benchwright.core.values import Value, describe_type, shown


class ScriptParameter(ParameterDescriptor, frozen=True, kw_only=True):
    """A parameter of a script: of type float, integer, boolean or text; `label` is what a form calls it."""

    label: str = ""


_BOOLEAN_WORDS: Final = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}


def from_text(type_: str, value: Value) -> Value:
    """Convert a text to a parameter's type; what cannot be converted stays a text, for `check` to refuse."""
    if not isinstance(value, str) or type_ == "text":
        return value
    if type_ == "boolean":
        return _BOOLEAN_WORDS.get(value.strip().lower(), value)
    for convert in (int, float) if type_ == "integer" else (float,):
        try:
            return convert(value)
        except ValueError:
            continue
    return value


_PARAMETER_KEYS: Final = ("type", "default", "minimum", "maximum", "choices", "unit", "label")
_TYPES: Final = {"float": "float", "integer": "integer", "boolean": "boolean", "text": "text"}
_SYNONYMS: Final = {"number": "float", "int": "integer", "bool": "boolean", "string": "text", "str": "text"}


def parse_parameter(name: str, table: TomlTable) -> ScriptParameter:
    """Read the table [parameters.`name`]; without a type it is that of the choices or of the default."""
    if not name.isidentifier():
        table.fail(f"must be a name of letters, digits and _, found {shown(name)}")
    table.allow(_PARAMETER_KEYS)
    type_ = _parameter_type(table)
    parameter = ScriptParameter(
        name=name,
        type=type_,
        unit=table.text("unit"),
        label=table.text("label"),
        minimum=table.number("minimum"),
        maximum=table.number("maximum"),
        required="default" not in table,
    )
    _check_bounds(parameter, table)
    parameter = _with_choices(parameter, table)
    if parameter.required:
        return parameter
    return msgspec.structs.replace(parameter, default=_fitting(parameter, table, "default"))


def _parameter_type(table: TomlTable) -> str:
    """Return the declared type, else that of the default or of the first choice."""
    if "type" in table and table.content["type"] != "choice":
        known = _TYPES | _SYNONYMS
        if (declared := table.text("type")) in known:
            return known[declared]
        return table.choice("type", _TYPES) or ""
    choices = table.content.get("choices")
    examples = [*(choices if isinstance(choices, list) else ()), table.content.get("default")]
    example = describe_type(examples[0])
    return {"number": "float", **_TYPES}.get(example) or table.fail(
        f"needs a type (there is: {', '.join(sorted(_TYPES))})", "type"
    )


def _check_bounds(parameter: ScriptParameter, table: TomlTable) -> None:
    for key, bound in (("minimum", parameter.minimum), ("maximum", parameter.maximum)):
        if bound is not None and parameter.type not in {"float", "integer"}:
            table.fail(f"is for numbers, and {parameter.name} is a {parameter.type}", key)
    if (
        parameter.minimum is not None
        and parameter.maximum is not None
        and parameter.minimum > parameter.maximum
    ):
        table.fail(f"must not be above maximum = {shown(parameter.maximum)}", "minimum")


def _with_choices(parameter: ScriptParameter, table: TomlTable) -> ScriptParameter:
    if "choices" not in table:
        return parameter
    choices = table.content["choices"]
    if not isinstance(choices, list) or not choices:
        table.fail(f"must be a list of values, found {shown(choices)}", "choices")
    fitting = tuple(_fitting(parameter, table, "choices", index) for index in range(len(choices)))
    return msgspec.structs.replace(parameter, choices=fitting)


def _fitting(parameter: ScriptParameter, table: TomlTable, *keys: str | int) -> Any:
    """Return the value at `keys` as one of the parameter."""
    value: Any = table.content
    for key in keys:
        value = value[key]
    try:
        return parameter.check(value, "")
    except ArgumentError:
        table.fail(f"must be {parameter.allowed()}, found {shown(value)}", *keys)
