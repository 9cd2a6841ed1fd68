"""Reads what the configuration says is to be done for a safe state: properties to set, methods to call."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchwright.core.errors import ArgumentError, ConfigurationError, did_you_mean
from benchwright.core.values import Value
from benchwright.instruments.drivers.pymeasure.members import Member

_FORM = 'must be ["property", value], ["method", argument, ...] or "method"'


@dataclass(frozen=True)
class Step:
    """One use of a member, with one checked value per parameter."""

    member: Member
    values: list[Value]

    def apply(self, instrument: Any) -> Any:
        """Do it with an instrument of PyMeasure, and return what it gives."""
        member = self.member
        owner = instrument
        for name in member.path:
            owner = getattr(owner, name)
        if member.is_property:
            if not self.values:
                return getattr(owner, member.attribute)
            setattr(owner, member.attribute, self._chosen(self.values[0]))
            return None
        parameters = member.descriptor.parameters
        given = zip(parameters, self.values, strict=True)
        arguments = {p.name: v for p, v in given if v is not None or p.required}
        return getattr(owner, member.attribute)(**arguments)

    def _chosen(self, value: Value) -> Any:
        return self.member.members.get(value, value) if isinstance(value, str) else value


def read_steps(content: Any, members: Mapping[str, Member], key: str) -> list[Step]:
    """Read a list of steps.

    Raises:
        ConfigurationError: a step is not of the form, or what it names cannot be done like this.
    """
    return [_read_step(step, members, f"options.{key}[{index}]") for index, step in enumerate(content)]


def _read_step(step: Any, members: Mapping[str, Member], key: str) -> Step:
    parts: list[Any] = [step] if isinstance(step, str) else step if isinstance(step, list) else []
    name, values = next(iter(parts), None), parts[1:]
    if not isinstance(name, str):
        raise ConfigurationError(f"{_FORM}, found {str(step)[:60]}", key=key)
    member = members.get(f"set_{name}") if f"set_{name}" in members else members.get(name)
    if member is None or (member.is_property and not member.descriptor.parameters):
        known = [each.removeprefix("set_") for each in members if not each.startswith("get_")]
        raise ConfigurationError(
            f"there is nothing {name!r} to set or call{did_you_mean(name, known)}", key=key
        )
    try:
        return Step(member, member.descriptor.bind(name, values, {}))
    except ArgumentError as error:
        raise ConfigurationError(error.message, key=key) from None


def read_checks(content: Mapping[str, Value], members: Mapping[str, Member]) -> list[tuple[Step, Value]]:
    """Read what must be read once an instrument is safe.

    Raises:
        ConfigurationError: something cannot be read.
    """
    return [(_reading(name, members), wanted) for name, wanted in content.items()]


def _reading(name: str, members: Mapping[str, Member]) -> Step:
    member = members.get(f"get_{name}") or members.get(name)
    if member is None or member.descriptor.parameters:
        known = [each.removeprefix("get_") for each, m in members.items() if not m.descriptor.parameters]
        raise ConfigurationError(
            f"there is nothing {name!r} to read{did_you_mean(name, known)}", key="options.safe_state_check"
        )
    return Step(member, [])
