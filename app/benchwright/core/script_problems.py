"""Tells from the runs of a script whether something is wrong with it that no single run says.

Looked at are the last `RECENT` runs of the same text, so that an old mistake goes with the text that had it.
What can come about by chance must have happened twice.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Final

import msgspec

from benchwright.core.values import Value

RECENT: Final = 10  # runs that are looked at
_TWICE: Final = 2
_LONG_RUN_S: Final = 10.0  # in shorter ones a script still warms up
_GROWTH_BYTES: Final = 8 * 2**20
_STEADY: Final = 5  # each step is at least this part of the growth: memory that levels off does not grow
_FEWEST_RUNS: Final = 6  # that show a trend from run to run
_MOST_NAMES: Final = 3
KILLED: Final = "it did not leave when asked and was killed"


class ProblemKind(StrEnum):
    """What can be wrong with a script."""

    MEMORY_IN_RUN = "memory_grows_in_run"
    MEMORY_BETWEEN_RUNS = "memory_grows_between_runs"
    KILLED = "killed"
    NOT_SAFE = "instruments_not_safe"
    TIMEOUTS = "calls_time_out"


class ScriptProblem(msgspec.Struct, frozen=True, kw_only=True):
    """Something wrong with a script in one sentence; `run_id` is the newest run that shows it."""

    kind: ProblemKind
    text: str
    run_id: str


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules look at in one run that is over.

    ``memory_course`` is what `RunRecord` keeps; ``not_safe`` are instruments with what became of them, such
    as ``esp300 (failed)``; ``timed_out`` are the methods whose calls did.
    """

    run_id: str
    duration_s: float = 0.0
    parameters: dict[str, Value] = {}
    has_completed: bool = False
    peak_memory_bytes: int = 0
    memory_course: tuple[int, ...] = ()
    was_killed: bool = False
    not_safe: tuple[str, ...] = ()
    timed_out: tuple[str, ...] = ()


Runs = Sequence[RunFacts]


def find_problems(newest_first: Runs) -> tuple[ScriptProblem, ...]:
    """Return what is wrong with a script.

    Args:
        newest_first: the runs of its text as it was run last; those beyond `RECENT` are not looked at.
    """
    runs = newest_first[:RECENT]
    found = (rule(runs) for rule in _RULES)
    return tuple(problem for problem in found if problem is not None)


def _memory_in_run(runs: Runs) -> ScriptProblem | None:
    growing = [run for run in runs if run.duration_s >= _LONG_RUN_S and _grows(run.memory_course)]
    if len(growing) < _TWICE:
        return None
    _, early, *_, end = growing[0].memory_course
    text = f"memory grows during a run and does not level off: by {_mb(end - early)}, {_of(growing, runs)}"
    return ScriptProblem(kind=ProblemKind.MEMORY_IN_RUN, text=text, run_id=growing[0].run_id)


def _grows(course: Sequence[int]) -> bool:
    """Tell whether memory grew steadily after the first quarter, in which scripts set themselves up."""
    steps = [after - before for before, after in pairwise(course[1:])]
    growth = sum(steps)
    return growth >= _GROWTH_BYTES and min(steps) * _STEADY >= growth


def _memory_between_runs(runs: Runs) -> ScriptProblem | None:
    """Compare thirds: each run of a later one needed more than all of an earlier one."""
    alike = [run for run in runs if run.has_completed and run.parameters == runs[0].parameters]
    if len(alike) < _FEWEST_RUNS:
        return None
    peaks = [run.peak_memory_bytes for run in reversed(alike)]
    third = len(peaks) // 3
    first, middle, last = peaks[:third], peaks[third:-third], peaks[-third:]
    is_rising = max(first) < min(middle) and max(middle) < min(last)
    if not is_rising or min(last) - max(first) < _GROWTH_BYTES:
        return None
    text = f"memory grows from run to run: from {_mb(peaks[0])} to {_mb(peaks[-1])} in {len(peaks)} runs"
    return ScriptProblem(kind=ProblemKind.MEMORY_BETWEEN_RUNS, text=text, run_id=alike[0].run_id)


def _killed(runs: Runs) -> ScriptProblem | None:
    killed = [run for run in runs if run.was_killed]
    if len(killed) < _TWICE:
        return None
    text = f"{KILLED}, {_of(killed, runs)}"
    return ScriptProblem(kind=ProblemKind.KILLED, text=text, run_id=killed[0].run_id)


def _not_safe(runs: Runs) -> ScriptProblem | None:
    """Once is enough: nothing that matters for safety is left to chance."""
    left = [run for run in runs if run.not_safe]
    if not left:
        return None
    text = f"instruments were left in a state that is not known to be safe: {_names(left[0].not_safe)}"
    return ScriptProblem(kind=ProblemKind.NOT_SAFE, text=f"{text}, {_of(left, runs)}", run_id=left[0].run_id)


def _timeouts(runs: Runs) -> ScriptProblem | None:
    slow = [run for run in runs if run.timed_out]
    if len(slow) < _TWICE:
        return None
    text = f"calls time out: {_names(slow[0].timed_out)}, {_of(slow, runs)}"
    return ScriptProblem(kind=ProblemKind.TIMEOUTS, text=text, run_id=slow[0].run_id)


_RULES: Final[tuple[Callable[[Runs], ScriptProblem | None], ...]] = (
    _not_safe,
    _killed,
    _timeouts,
    _memory_in_run,
    _memory_between_runs,
)  # what matters most first


def _of(found: Runs, runs: Runs) -> str:
    return f"in {len(found)} of the last {len(runs)} runs" if len(runs) > 1 else "in the only run"


def _names(names: Sequence[str]) -> str:
    rest = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")


def _mb(size: int) -> str:
    return f"{size / 2**20:.0f} MB"
