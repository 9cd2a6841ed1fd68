"""What a run may use at most, and the two presets."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import cast

import msgspec

from benchwright.core.errors import ConfigurationError, ResourceLimitExceeded, did_you_mean, listed
from benchwright.core.values import Value, shown


class Preset(StrEnum):
    """A named set of limits and rates."""

    STRICT = "strict"
    STANDARD = "standard"


class ScriptResourceLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of one run; None means that nothing but time and memory stops it."""

    max_execution_time_s: float = 30.0
    max_memory_mb: float = 50.0
    max_scratch_mb: float = 256.0
    max_instructions: int | None = None
    max_string_length: int | None = None
    max_array_size: int | None = None
    max_variables: int | None = None
    max_output_lines: int | None = 1_000_000
    max_record_rows: int | None = 100_000_000


PRESETS = {
    Preset.STANDARD: ScriptResourceLimits(),
    Preset.STRICT: ScriptResourceLimits(
        max_instructions=1_000_000,
        max_string_length=10_000,
        max_array_size=1_000,
        max_variables=1_000,
        max_output_lines=10_000,
        max_record_rows=1_000_000,
    ),
}

LIMIT_NAMES = tuple(ScriptResourceLimits.__struct_fields__)


_FRACTIONS = frozenset({"max_execution_time_s", "max_memory_mb", "max_scratch_mb"})


def limit_problem(name: str, value: object) -> str | None:
    """Return what is wrong with a limit read from a file, or None where it is fine."""
    if name not in LIMIT_NAMES:
        return f"unknown limit{did_you_mean(name, LIMIT_NAMES)} (there is: {listed(LIMIT_NAMES)})"
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 2**63:
        return f"must be a number above 0, found {shown(value)}"
    if name not in _FRACTIONS and not isinstance(value, int):
        return f"must be a whole number above 0, found {shown(value)}"
    return None


def check_limits(values: Mapping[str, object], where: str) -> dict[str, float]:
    """Return limits read from a file as numbers.

    Raises:
        ConfigurationError: an unknown limit, or one that is not a positive number.
    """
    checked: dict[str, float] = {}
    for name, value in values.items():
        if problem := limit_problem(name, value):
            raise ConfigurationError(problem, where, key=name)
        checked[name] = cast(float, value)
    return checked


def oversize(limits: ScriptResourceLimits, values: Iterable[Value]) -> ResourceLimitExceeded | None:
    """Return the error for a text or a list or map among `values` that is larger than a run may have."""
    longest, most = limits.max_string_length, limits.max_array_size
    for value in values:
        if isinstance(value, str):
            if longest is not None and len(value) > longest:
                return ResourceLimitExceeded("max_string_length", longest)
        elif isinstance(value, (list, dict)):
            if most is not None and len(value) > most:
                return ResourceLimitExceeded("max_array_size", most)
            inside = value if isinstance(value, list) else (*value, *value.values())
            if found := oversize(limits, inside):
                return found
    return None


def lowered(limits: ScriptResourceLimits, wanted: Mapping[str, float]) -> ScriptResourceLimits:
    """Return `limits` with each wanted one that is lower: a script may ask for less, never for more."""
    changes = {}
    for name, value in wanted.items():
        current = getattr(limits, name)
        if current is None or value < current:
            changes[name] = value
    return msgspec.structs.replace(limits, **changes)
