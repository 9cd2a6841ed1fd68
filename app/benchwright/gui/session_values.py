"""What the model of the window hands out: the current run, findings of a script, a described instrument."""

import time
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from benchwright.core.descriptors import InstrumentDescriptor
from benchwright.core.diagnostics import Diagnostic
from benchwright.core.events import RunFinished
from benchwright.core.metadata import ScriptMetadata
from benchwright.core.operator_messages import SubmitRun
from benchwright.core.run_states import SETTLED_STATES, RunState


class FileDiagnostics(NamedTuple):
    """What is wrong with one script; `file` is its path, or the title of a tab that was never saved.

    `source` says who found it: ``check`` (the static checks), ``run``, or the script whose metadata it is.
    """

    file: str
    diagnostics: tuple[Diagnostic, ...]
    source: str = "check"


@dataclass(frozen=True, kw_only=True)
class RunView:
    """The current run as the window shows it; replaced, never changed."""

    run_id: str = ""
    script: str = ""
    file: str = ""  # the path, or the title of a tab that was never saved
    state: RunState | None = None
    reason: str = ""
    started_s: float | None = None  # of time.monotonic() in this process
    done: float = 0.0
    total: float = 0.0
    rows: int = 0
    metadata: ScriptMetadata = field(default_factory=ScriptMetadata)
    finished: RunFinished | None = None

    @property
    def is_active(self) -> bool:
        """Whether there is something to stop."""
        return self.state is not None and self.state not in SETTLED_STATES

    @property
    def elapsed_s(self) -> float:
        """How long the script has been running."""
        if self.finished is not None:
            return self.finished.duration_s
        return 0.0 if self.started_s is None else time.monotonic() - self.started_s


class DescribedInstrument(msgspec.Struct, frozen=True):
    """One instrument in the answer to `DescribeInstruments`; `terminator` ends what is sent, escaped."""

    descriptor: InstrumentDescriptor
    state: str
    link: str = ""
    terminator: str = ""
    limits: dict[str, tuple[float, float]] = {}


class Submitted(NamedTuple):
    """A script that is on its way to the bench."""

    request: SubmitRun
    file: str
    metadata: ScriptMetadata
