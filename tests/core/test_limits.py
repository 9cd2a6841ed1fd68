"""Limits of runs: reading, lowering, presets."""

from typing import Any

import msgspec
import pytest

from benchwright.core.errors import ConfigurationError
from benchwright.core.limits import LIMIT_NAMES, PRESETS, Preset, ScriptResourceLimits, check_limits, lowered


def test_the_figures_of_the_presets() -> None:
    standard, strict = PRESETS[Preset.STANDARD], PRESETS[Preset.STRICT]
    assert (standard.max_execution_time_s, standard.max_memory_mb) == (30.0, 50.0)
    assert standard.max_instructions is None
    assert (strict.max_instructions, strict.max_string_length) == (1_000_000, 10_000)
    assert (strict.max_array_size, strict.max_variables) == (1_000, 1_000)
    for name in LIMIT_NAMES:
        loose, tight = getattr(standard, name), getattr(strict, name)
        assert tight is not None
        assert loose is None or tight <= loose


def test_a_script_may_ask_for_less_never_for_more() -> None:
    limits = lowered(
        PRESETS[Preset.STANDARD], {"max_execution_time_s": 5, "max_memory_mb": 500, "max_instructions": 9}
    )
    assert limits.max_execution_time_s == 5
    assert limits.max_memory_mb == 50
    assert limits.max_instructions == 9
    assert lowered(limits, {}) == limits


def test_limits_read_from_a_file_can_be_sent() -> None:
    read = check_limits(dict.fromkeys(LIMIT_NAMES, 7), "bench.toml")
    limits = ScriptResourceLimits(**read)  # type: ignore[arg-type]
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(limits), type=ScriptResourceLimits) == limits


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("max_memory", 3, "f: max_memory: unknown limit; did you mean max_memory_mb? (there is: "),
        ("max_memory_mb", 0, "f: max_memory_mb: must be a number above 0, found 0"),
        ("max_memory_mb", True, "f: max_memory_mb: must be a number above 0, found true"),
        ("max_memory_mb", "3", "f: max_memory_mb: must be a number above 0, found '3'"),
        ("max_memory_mb", float("nan"), "f: max_memory_mb: must be a number above 0, found nan"),
        ("max_memory_mb", float("inf"), "f: max_memory_mb: must be a number above 0, found inf"),
        ("max_memory_mb", 10**400, "f: max_memory_mb: must be a number above 0, found a huge number"),
        ("max_instructions", 1.5, "f: max_instructions: must be a whole number above 0, found 1.5"),
    ],
)
def test_what_is_no_limit(name: str, value: Any, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_limits({name: value}, "f")
    assert str(caught.value).startswith(message)
