"""How the window words durations, amounts and outcomes."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from benchwright.bench.scripts.script_file import ScriptFile
from benchwright.core.events import InstrumentStopped, RunFinished
from benchwright.core.permissions import MEANINGS
from benchwright.core.run_states import RunState
from benchwright.core.values import Value, shown

_CALL = re.compile(r"line \d+, in |:\d+: in ")  # of Python, of Lua
_MOST_CALL_LINES = 40
_OUTCOMES = {
    RunState.COMPLETED: "completed",
    RunState.FAILED: "failed",
    RunState.TIMEOUT: "stopped by its timeout",
    RunState.CANCELLED: "cancelled",
    RunState.RESOURCE_LIMIT: "stopped by a limit",
    RunState.EMERGENCY_STOPPED: "stopped by the emergency stop",
    RunState.CRASHED: "crashed",
    RunState.INTERRUPTED: "interrupted: the bench was lost",
}


def duration(seconds: float) -> str:
    """Return a time as people read it: ``0.42 s``, ``12.3 s``, ``03:07``, ``1:02:03``."""
    if seconds < 10:
        return f"{seconds:.2f} s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return clock(seconds)


def clock(seconds: float) -> str:
    """Return a time as a clock shows it: ``00:12``, ``1:02:03``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def moment(when: datetime) -> str:
    """Return a time of this day as ``12:03:04``, another one with its date; local time."""
    local = when.astimezone()
    is_today = local.date() == datetime.now().astimezone().date()
    return f"{local:%H:%M:%S}" if is_today else f"{local:%Y-%m-%d %H:%M}"


def memory(size_bytes: int) -> str:
    """Return an amount of memory in MB, in kB where it is less than 0.1 MB."""
    if size_bytes < 100_000:
        return f"{size_bytes / 1e3:.0f} kB"
    return f"{size_bytes / 1e6:.0f} MB" if size_bytes >= 10_000_000 else f"{size_bytes / 1e6:.1f} MB"


def outcome(state: RunState) -> str:
    """Return what became of a run, in words."""
    return _OUTCOMES.get(state, str(state))


def outcome_sentence(event: RunFinished) -> str:
    """Return one line on the end of a run."""
    sentence = f"{outcome(event.outcome)} after {duration(event.duration_s)}"
    if event.rows:
        sentence += f", {event.rows:,} {'row' if event.rows == 1 else 'rows'}"
    if event.error is None or event.outcome is RunState.CANCELLED:
        return sentence
    where = f"line {event.error.line}: " if event.error.line else ""
    return f"{sentence}: {where}{event.error.message}"


def way_to_error(event: RunFinished) -> list[str]:
    """Return the calls that led to the error of a run, as its language tells them; none if it took none."""
    told = "" if event.error is None else event.error.traceback or ""
    if len(_CALL.findall(told)) < 2:
        return []
    lines = [line for line in told.splitlines() if line.startswith(" ") or _CALL.search(line)]
    if len(lines) > _MOST_CALL_LINES:
        half = _MOST_CALL_LINES // 2
        lines[half:-half] = ["  …"]
    return [f"  {line.rstrip()}" for line in lines]


def result_text(value: Value) -> str:
    """Return the last value of a script in one line."""
    if isinstance(value, dict):
        return ", ".join(f"{name} = {shown(each)}" for name, each in value.items())
    return shown(value)


def stop_report(instruments: list[InstrumentStopped]) -> str:
    """Return what became of each instrument, the doubtful ones first."""
    order = {"failed": 0, "unknown": 1, "safe": 2}
    parts = []
    for each in sorted(instruments, key=lambda item: order.get(item.outcome, 0)):
        why = f", {each.message}" if each.message and each.outcome != "safe" else ""
        parts.append(f"{each.name} {each.outcome} ({each.duration_s * 1000:.0f} ms{why})")
    return " · ".join(parts)


def in_words(names: Sequence[str]) -> str:
    """Return names as a sentence lists them: ``a, b and c``."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def grant_question(script: ScriptFile, instruments: Iterable[str], unfenced: Sequence[str] = ()) -> str:
    """Return what a script asks to be allowed, and which instruments of the bench it names in its text.

    Args:
        unfenced: what does not keep the script from the rest of this computer, and why.
    """
    meanings = in_words([MEANINGS[each] for each in sorted(script.wanted_permissions)])
    texts = "\n".join([script.source, *script.dependencies.values()])
    named = [name for name in instruments if f'"{name}"' in texts or f"'{name}'" in texts]
    about = f"It names {in_words(named)}" if named else "It names no instrument of this bench"
    question = f"{script.name} asks to {meanings}. {about}. It asks again when its text or metadata changes."
    if not unfenced:
        return question
    return (
        f"{question} This computer does not fence it in fully ({'; '.join(unfenced)}): "
        "allow it only if you trust it."
    )
