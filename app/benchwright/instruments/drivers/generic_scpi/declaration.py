"""The commands that a configuration declares for a generic SCPI instrument, checked while it is read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any

import msgspec

from benchwright.core.descriptors import MethodDescriptor, MethodKind, ParameterDescriptor
from benchwright.core.errors import ConfigurationError
from benchwright.core.permissions import Permission
from benchwright.core.values import Value
from benchwright.instruments.declared_tables import read_table

_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_TAKEN = frozenset({"identify"})
_PERMISSIONS = {
    MethodKind.QUERY: Permission.DEVICE_READ,
    MethodKind.COMMAND: Permission.DEVICE_CONTROL,
}


class DeclaredParameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One parameter as the configuration writes it; `type` is float, integer, boolean or text."""

    name: str
    type: str = "float"
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str | int | float, ...] = ()
    default: Value = None
    help: str = ""
    limit: str = ""


class DeclaredCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One command as the configuration writes it; `command` is its text with ``{parameter:format}`` in it."""

    name: str
    kind: MethodKind
    command: str
    help: str = ""
    result: str = ""
    unit: str = ""
    telemetry: str = ""
    permission: Permission | None = None
    timeout_s: float | None = None
    parameters: tuple[DeclaredParameter, ...] = ()


@dataclass(frozen=True)
class Command:
    """A declared command, ready to be sent."""

    descriptor: MethodDescriptor
    template: str
    timeout_s: float | None

    def text(self, values: list[Value]) -> str:
        """Return the text to send, given one checked value per parameter."""
        names = (p.name for p in self.descriptor.parameters)
        return self.template.format(**{n: _plain(v) for n, v in zip(names, values, strict=True)})


def read_commands(tables: Any) -> dict[str, Command]:
    """Read the option `commands`: a list of tables.

    Raises:
        ConfigurationError: a table is not of the form, or its template does not fit its parameters.
    """
    if not isinstance(tables, list):
        raise ConfigurationError("must be a list of tables", key="options.commands")
    commands: dict[str, Command] = {}
    for index, table in enumerate(tables):
        key = f"options.commands[{index}]"
        declared = read_table(table, DeclaredCommand, key)
        if declared.name in commands or declared.name in _TAKEN:
            raise ConfigurationError(f"the name {declared.name} is taken", key=key)
        commands[declared.name] = _checked(declared, f"{key} ({declared.name})")
    return commands


def _checked(declared: DeclaredCommand, key: str) -> Command:
    is_query = declared.kind is MethodKind.QUERY
    result = declared.result or ("float" if is_query else "")
    if not _NAME.fullmatch(declared.name):
        raise ConfigurationError("name must be small letters, digits and _, a letter first", key=key)
    if is_query and result not in ("float", "integer", "boolean", "text", "list"):
        raise ConfigurationError(
            f"result must be float, integer, boolean, text or list, found {result!r}", key=key
        )
    if not is_query and (result or declared.telemetry):
        raise ConfigurationError("a command has neither result nor telemetry", key=key)
    if declared.telemetry and (declared.parameters or result not in ("float", "integer")):
        raise ConfigurationError("telemetry needs a query without parameters that gives a number", key=key)
    descriptor = MethodDescriptor(
        name=declared.name,
        kind=declared.kind,
        permission=declared.permission or _PERMISSIONS[declared.kind],
        parameters=tuple(_parameter(p, key) for p in declared.parameters),
        result=result,
        unit=declared.unit,
        help=declared.help or f"Send {declared.command}.",
        telemetry=declared.telemetry,
    )
    command = Command(descriptor, check_line(declared.command, key), declared.timeout_s)
    _try_template(command, key)
    return command


def _parameter(declared: DeclaredParameter, key: str) -> ParameterDescriptor:
    fields: dict[str, Any] = msgspec.structs.asdict(declared)
    if declared.type not in ("float", "integer", "boolean", "text"):
        raise ConfigurationError(
            f"type of {declared.name} must be float, integer, boolean or text, found {declared.type!r}",
            key=key,
        )
    if declared.type == "text" and not declared.choices:
        raise ConfigurationError(f"the text {declared.name} needs choices", key=key)
    fields["limit"] = declared.limit or declared.name
    return ParameterDescriptor(required=declared.default is None, **fields)


def check_line(text: str, key: str) -> str:
    """Return one line to send.

    Raises:
        ConfigurationError: it is empty or no single line of ASCII.
    """
    if not text or not text.isascii() or not text.isprintable():
        raise ConfigurationError(f"must be one line of ASCII text, found {text!r}", key=key)
    return text


def _try_template(command: Command, key: str) -> None:
    known = {p.name for p in command.descriptor.parameters}
    try:
        used = {name for _, name, _, _ in Formatter().parse(command.template) if name is not None}
        if used != known:
            names = ", ".join(sorted(used ^ known))
            raise ConfigurationError(f"the command and its parameters do not name the same: {names}", key=key)
        command.text([_EXAMPLES[p.type] for p in command.descriptor.parameters])
    except (ValueError, LookupError) as error:
        raise ConfigurationError(
            f"the command {command.template!r} cannot be filled in: {error}", key=key
        ) from None


_EXAMPLES: Mapping[str, Value] = {"float": 1.5, "integer": 1, "boolean": True, "text": "A"}


def _plain(value: Value) -> Value:
    return int(value) if isinstance(value, bool) else value
