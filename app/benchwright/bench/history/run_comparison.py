"""Tells in what two runs differ: what was run, with what, on what, and what came of it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from benchwright.bench.storage.run_data import ColumnInfo
from benchwright.core.run_record import RunRecord
from benchwright.core.text_difference import text_difference
from benchwright.core.values import Value

_OUTCOME: Final = ("state", "reason", "result")
_AMOUNTS: Final = ("rows", "duration_s", "cpu_s", "peak_memory_bytes")
_SETTINGS: Final = ("preset", "permissions", "on_stop", "schedule")


class Difference(msgspec.Struct, frozen=True):
    """One thing in which two runs differ; None where a run does not have it."""

    topic: str
    name: str
    first: Value
    second: Value


class TextDifference(msgspec.Struct, frozen=True):
    """A text in which two runs differ, as a unified diff."""

    name: str
    diff: str


class RunComparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two runs side by side; ``same`` names the topics in which they do not differ."""

    first: RunRecord
    second: RunRecord
    differences: tuple[Difference, ...]
    texts: tuple[TextDifference, ...]
    same: tuple[str, ...]


class ComparedRun(msgspec.Struct, frozen=True, kw_only=True):
    """All of a run that is compared."""

    record: RunRecord
    source: str
    columns: Sequence[ColumnInfo]


def compared(first: ComparedRun, second: ComparedRun) -> RunComparison:
    """Return what differs between two runs."""
    old, new = first.record, second.record
    found = {topic: tuple(_differing(topic, a, b)) for topic, a, b in _topics(first, second)}
    texts = {
        name: text_difference(a, b, f"{name}  {old.run_id}", f"{name}  {new.run_id}")
        for name, a, b in _texts(first, second)
    }
    return RunComparison(
        first=old,
        second=new,
        differences=tuple(each for differences in found.values() for each in differences),
        texts=tuple(TextDifference(name, diff) for name, diff in texts.items() if diff),
        same=(*(name for name, diff in texts.items() if not diff), *(t for t, d in found.items() if not d)),
    )


def _topics(
    first: ComparedRun, second: ComparedRun
) -> Iterator[tuple[str, Mapping[str, Value], Mapping[str, Value]]]:
    old, new = first.record, second.record
    yield "name", _facts(old, ("script", "path")), _facts(new, ("script", "path"))
    yield "outcome", _outcome(old), _outcome(new)
    yield "amounts", _facts(old, _AMOUNTS), _facts(new, _AMOUNTS)
    yield "parameters", old.parameters, new.parameters
    yield "settings", _facts(old, _SETTINGS), _facts(new, _SETTINGS)
    yield "limits", msgspec.structs.asdict(old.limits), msgspec.structs.asdict(new.limits)
    yield "columns", _kinds(first.columns), _kinds(second.columns)
    yield "versions", old.versions, new.versions
    yield "confinement", old.fences, new.fences


def _texts(first: ComparedRun, second: ComparedRun) -> Iterator[tuple[str, str, str]]:
    old, new = first.record, second.record
    yield "script", first.source, second.source
    yield "metadata", old.metadata, new.metadata
    for name in sorted({*old.dependencies, *new.dependencies}):
        yield f"dependency {name}", old.dependencies.get(name, ""), new.dependencies.get(name, "")
    yield "configuration", old.config, new.config


def _differing(topic: str, first: Mapping[str, Value], second: Mapping[str, Value]) -> Iterator[Difference]:
    for name in dict.fromkeys([*first, *second]):
        a, b = first.get(name), second.get(name)
        if a != b or type(a) is not type(b):
            yield Difference(topic, name, a, b)


def _facts(record: RunRecord, names: Sequence[str]) -> dict[str, Value]:
    facts = {name: getattr(record, name) for name in names}
    return {name: value if value not in ("", ()) else None for name, value in _plain(facts).items()}


def _outcome(record: RunRecord) -> dict[str, Value]:
    error = record.error
    line = None if error is None else error.line
    return {**_facts(record, _OUTCOME), "error": None if error is None else error.message, "line": line}


def _kinds(columns: Sequence[ColumnInfo]) -> dict[str, Value]:
    return {column.name: ", ".join(column.kinds) for column in columns}


def _plain(facts: dict[str, Value]) -> dict[str, Value]:
    plain: dict[str, Value] = msgspec.to_builtins(facts)
    return plain
