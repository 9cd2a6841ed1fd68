"""Reads a part of many runs' records quickly: only what is asked for, and of a run that is over only once."""

from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

import msgspec

from benchwright.bench.storage.run_folder import RECORD_FILE, RunFolder
from benchwright.bench.storage.run_store import RunStore
from benchwright.core.run_states import FINAL_STATES, RunState


class _HasState(Protocol):
    @property
    def state(self) -> RunState: ...


Part = TypeVar("Part", bound=_HasState)


class RecordParts(Generic[Part]):
    """Records as structs of some of their fields, `state` among them; for one thread at a time."""

    def __init__(self, store: RunStore, part: type[Part]) -> None:
        self._store = store
        self._part = part
        self._decoder = msgspec.json.Decoder(part)
        self._known: dict[str, Part] = {}  # of runs that are over

    def of(self, run_ids: Iterable[str]) -> dict[str, Part]:
        """Return the parts by run id, in the order of the ids."""
        found = {run_id: self._known.get(run_id) or self._read(run_id) for run_id in run_ids}
        self._known.update({run_id: part for run_id, part in found.items() if _is_over(part)})
        return found

    def _read(self, run_id: str) -> Part:
        try:
            part = self._decoder.decode((self._store.path / run_id / RECORD_FILE).read_bytes())
            if _is_over(part):
                return part
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            pass  # what can be told of it, the record tells
        record = RunFolder(self._store.path / run_id).load()
        return msgspec.convert(record, self._part, from_attributes=True)


def _is_over(part: _HasState) -> bool:
    return part.state in FINAL_STATES or part.state is RunState.INTERRUPTED
