"""Makes the request that runs what an earlier run ran: the same text, parameters, permissions and limits."""

from pathlib import Path
from typing import NamedTuple

import msgspec

from benchwright.bench.scripts.script_file import ScriptFile
from benchwright.bench.storage.run_store import RunStore
from benchwright.core.errors import StorageError
from benchwright.core.metadata import parse_metadata
from benchwright.core.operator_messages import SubmitRun
from benchwright.core.permissions import Permission, parse_permissions


class Repetition(NamedTuple):
    """A script as it was run, what runs it again, and the permissions that it had: it wants no others."""

    script: ScriptFile
    request: SubmitRun
    permissions: frozenset[Permission]


def repetition(store: RunStore, run_id: str) -> Repetition:
    """Return what runs an earlier run again.

    Raises:
        RunNotFound: there is no such run.
        StorageError: its record or its script cannot be read.
        MetadataError: what is kept of it is not valid.
    """
    record, source = store.load(run_id), store.source(run_id)
    if not record.language:
        raise StorageError(f"{record.run_id} cannot be run again: its {record.reason}")
    permissions = parse_permissions(record.permissions)
    metadata = parse_metadata(record.metadata, f"{record.script}.toml")
    script = ScriptFile(
        path=Path(record.path or record.script),
        language=record.language,
        source=source,
        metadata=msgspec.structs.replace(metadata, permissions=permissions),
        metadata_text=record.metadata or None,
        dependencies=record.dependencies,
        requires=record.requires,
    )
    limits = msgspec.structs.asdict(record.limits)
    request = SubmitRun(
        name=record.script,
        path=record.path,
        language=record.language,
        source=source,
        metadata=record.metadata,
        parameters=record.parameters,
        grant=list(record.permissions),
        preset=record.preset,
        limits={name: value for name, value in limits.items() if value is not None},
        on_stop=record.on_stop,
        dependencies=record.dependencies,
        requires=record.requires,
    )
    return Repetition(script, request, permissions)
