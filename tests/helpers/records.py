"""Puts runs on disk that nobody ran, for tests of what tells of runs."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchwright.bench.storage.run_store import RunStore, new_run_id
from benchwright.core.run_record import RunRecord
from benchwright.core.run_states import RunState


def keep_runs(data_dir: Path, script: Path, count: int, **changes: Any) -> list[str]:
    """Keep so many runs of a script that are over, a few moments old; return their ids."""
    store, ids = RunStore(data_dir), []
    for _ in range(count):
        now = datetime.now(UTC)
        facts: dict[str, Any] = {"state": RunState.COMPLETED, "created": now, "duration_s": 1.0, **changes}
        record = RunRecord(
            run_id=new_run_id(facts["created"]),
            script=script.name,
            path=str(script),
            language="lua",
            script_file="script.lua",
            source_sha256="",
            **facts,
        )
        store.create(record, "return 1")
        ids.append(record.run_id)
    return ids
