"""Makes the plan of a scheduled run from its script as it is now, within what a person granted."""

from dataclasses import replace
from pathlib import Path

from benchwright.bench.runs.planning import plan_run
from benchwright.bench.runs.run import RunPlan
from benchwright.bench.scripts.grants import GrantStore
from benchwright.bench.scripts.script_file import ScriptFile, read_script
from benchwright.bench.scripts.submission import RunOptions, submission
from benchwright.core.errors import GrantNeeded
from benchwright.core.permissions import Permission, parse_permissions
from benchwright.core.scheduled_execution import ScheduledExecution
from benchwright.instruments.config import Config


class SchedulePlanner:
    """Plans runs as if an operator submitted them."""

    def __init__(self, config: Config, grants: GrantStore, library: Path) -> None:
        self._config = config
        self._grants = grants
        self._library = library

    def plan(self, execution: ScheduledExecution) -> RunPlan:
        """Return the plan of a run.

        Raises:
            GrantNeeded: the script changed, and nobody granted anything to it as it is now.
            BenchwrightError: the script cannot be read, or does not take these parameters.
        """
        script = read_script(Path(execution.script), self._library)
        options = RunOptions(
            parameters=execution.parameters,
            grant=self._granted(script, execution),
            timeout_s=execution.timeout_s,
            preset=execution.preset,
            on_stop=execution.on_stop,
        )
        plan = plan_run(submission(script, options), self._config)
        return replace(plan, schedule=execution.name)

    def _granted(self, script: ScriptFile, execution: ScheduledExecution) -> frozenset[Permission]:
        if script.content_hash == execution.content_sha256:
            return parse_permissions(execution.permissions)
        wanted, granted = script.wanted_permissions, self._grants.granted(script.content_hash)
        if not wanted or wanted - granted:
            raise GrantNeeded(script.name)
        return wanted
