"""The process variables that a configuration declares, checked while it is read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

from benchwright.core.descriptors import MethodDescriptor, MethodKind, ParameterDescriptor
from benchwright.core.errors import ArgumentError, ConfigurationError, did_you_mean
from benchwright.core.permissions import Permission
from benchwright.core.values import Value
from benchwright.instruments.declared_tables import read_table
from benchwright.instruments.links.epics import PROVIDERS

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_VARIABLE: Final = re.compile(r"[!-~]{1,500}", re.ASCII)


class DeclaredVariable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One process variable as the configuration writes it."""

    name: str
    pv: str
    kind: Literal["read", "write"]
    provider: str = "pva"
    type: Literal["float", "integer", "boolean", "text", "list"] = "float"
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str | int | float, ...] = ()
    readback: str = ""
    help: str = ""
    limit: str = ""
    permission: Permission | None = None
    telemetry: bool | None = None
    wait: bool = False
    timeout_s: float | None = None

    @property
    def read_from(self) -> str:
        """The process variable that tells the value."""
        return self.readback or self.pv


@dataclass(frozen=True)
class Setting:
    """A value for a process variable: a step of the safe state."""

    variable: DeclaredVariable
    value: Value


def read_variables(tables: Any) -> dict[str, DeclaredVariable]:
    """Read the option `pvs`: a list of tables.

    Raises:
        ConfigurationError: a table is not of the form.
    """
    if not isinstance(tables, list) or not tables:
        raise ConfigurationError("must be a list of tables, one for each process variable", key="options.pvs")
    variables: dict[str, DeclaredVariable] = {}
    for index, table in enumerate(tables):
        key = f"options.pvs[{index}]"
        declared = read_table(table, DeclaredVariable, key)
        if problem := _problem(declared, variables):
            raise ConfigurationError(problem, key=f"{key} ({declared.name})")
        variables[declared.name] = declared
    return variables


def _problem(declared: DeclaredVariable, others: Mapping[str, DeclaredVariable]) -> str:
    """Return what is wrong with a declaration, empty for nothing."""
    is_number = declared.type in ("float", "integer")
    if not _NAME.fullmatch(declared.name):
        return "name must be small letters, digits and _, a letter first"
    if declared.name in others:
        return f"the name {declared.name} is taken"
    if declared.provider not in PROVIDERS:
        return f"provider must be pva or ca, found {declared.provider!r}"
    for pv in (declared.pv, declared.read_from):
        if not _VARIABLE.fullmatch(pv):
            return f"{pv!r} is no name of a process variable"
    if declared.telemetry and not is_number:
        return "telemetry needs a number"
    if not is_number and not (declared.minimum is declared.maximum is None):
        return "minimum and maximum are for numbers"
    if declared.kind == "read" and (declared.readback or declared.wait or declared.choices):
        return "readback, wait and choices are for what is written"
    return ""


def methods_of(declared: DeclaredVariable) -> list[MethodDescriptor]:
    """Describe the query, and the command of what is written."""
    is_number = declared.type in ("float", "integer")
    is_polled = declared.kind == "read" and is_number if declared.telemetry is None else declared.telemetry
    methods = [
        MethodDescriptor(
            name=f"get_{declared.name}",
            kind=MethodKind.QUERY,
            permission=Permission.DEVICE_READ,
            result=declared.type,
            unit=declared.unit,
            help=declared.help if declared.help and declared.kind == "read" else f"Get {declared.read_from}.",
            telemetry=declared.name if is_polled else "",
        )
    ]
    if declared.kind == "write":
        methods.append(
            MethodDescriptor(
                name=f"set_{declared.name}",
                kind=MethodKind.COMMAND,
                permission=declared.permission or Permission.DEVICE_CONTROL,
                parameters=(_parameter(declared),),
                help=declared.help or f"Set {declared.pv}.",
                waits=declared.wait,
            )
        )
    return methods


def _parameter(declared: DeclaredVariable) -> ParameterDescriptor:
    return ParameterDescriptor(
        name=declared.name,
        type=declared.type,
        unit=declared.unit,
        minimum=declared.minimum,
        maximum=declared.maximum,
        choices=declared.choices,
        limit=declared.limit or declared.name,
    )


def read_settings(content: Any, variables: Mapping[str, DeclaredVariable], key: str) -> list[Setting]:
    """Read a list of ``[name, value]``.

    Raises:
        ConfigurationError: an item is not of the form, or names nothing that is written.
    """
    return [_setting(item, variables, f"options.{key}[{index}]") for index, item in enumerate(content)]


def _setting(item: Any, variables: Mapping[str, DeclaredVariable], key: str) -> Setting:
    if not isinstance(item, list) or len(item) != 2:
        raise ConfigurationError(f'must be ["name", value], found {str(item)[:60]}', key=key)
    written = [name for name, each in variables.items() if each.kind == "write"]
    if item[0] not in written:
        hint = did_you_mean(str(item[0]), written)
        raise ConfigurationError(f"no process variable {item[0]!r} is declared to be written{hint}", key=key)
    variable = variables[item[0]]
    try:
        return Setting(variable, _parameter(variable).check(item[1], key))
    except ArgumentError as error:
        raise ConfigurationError(error.message.removeprefix(f"{key}: "), key=key) from None
