"""The table of escapes from Lua once more, in real workers: the fences stand, and the script finds no way."""

import re

from tests.engines.lua.escapes import ATTEMPTS, NO_ADDRESS, PREAMBLE, Refused
from tests.worker.puppets import on_linux
from tests.worker.real_workers import Told, run_script, zygote

pytestmark = on_linux


def what_is_wrong(expected: object, told: Told) -> str | None:
    said = f"{told.result} {told.error} {told.printed}"
    if [state for state in told.fences.values() if not state.startswith("held")]:
        return f"fences: {told.fences}"
    if re.search(r"0x[0-9a-f]{6,}|[0-9a-f]{9,}", said):
        return f"told an address: {said}"
    if isinstance(expected, Refused):
        return None if told.error and expected.words in told.error.message else f"not refused: {said}"
    if expected is NO_ADDRESS:
        return None
    return None if told.error is None and told.result == expected else f"ended otherwise: {said}"


def test_no_attempt_gets_out_of_a_real_worker() -> None:
    with zygote() as launcher:
        ends = {
            name: what_is_wrong(expected, run_script(launcher, PREAMBLE + source, "/"))
            for name, source, expected in ATTEMPTS
        }
    assert {name: problem for name, problem in ends.items() if problem} == {}
