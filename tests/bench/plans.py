"""Plans of runs for tests."""

import hashlib
from typing import Any

from benchwright.bench.runs.run import RunPlan
from benchwright.core.limits import ScriptResourceLimits
from benchwright.core.metadata import ScriptMetadata
from benchwright.core.permissions import ALL_PERMISSIONS
from benchwright.core.rates import RateSettings
from benchwright.core.run_states import StopPolicy


def plan(run_id: str = "20260101-000000-aaaaaa", source: str = "", **changes: Any) -> RunPlan:
    """Return a plan with everything allowed, but for what `changes` says."""
    values: dict[str, Any] = {
        "run_id": run_id,
        "script": "test",
        "path": "",
        "language": "lua",
        "source": source,
        "source_sha256": hashlib.sha256(source.encode()).hexdigest(),
        "metadata": ScriptMetadata(),
        "metadata_text": "",
        "parameters": {},
        "permissions": ALL_PERMISSIONS,
        "limits": ScriptResourceLimits(),
        "preset": "standard",
        "rate": RateSettings(),
        "on_stop": StopPolicy.SAFE,
        "dependencies": {},
    }
    return RunPlan(**(values | changes))
