"""Finds out that a bench hangs, and ends it: from then on it is lost, and its instruments are put safe."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.safety import safety_line
from benchwright.bench.safety.estop import kill_bench

_log = logging.getLogger(__name__)

SILENCE_S: Final = 1.5  # a bench that says nothing for so long is asked whether it is there
_LOOK_S: Final = 0.25
_TRIES: Final = 2  # the safety line answers within milliseconds; each try waits for a second


class BenchWatch:
    """Looks after the bench of one client, in a thread of its own.

    It is the safety line that is asked: a thread of the bench that waits for nothing else. A bench that is
    merely slow answers there; one that does not is frozen, and would not hear the emergency stop either.

    Args:
        folder: the bench's data folder.
        heard_s: tells when the bench was last heard of, in seconds of `time.monotonic`.
    """

    def __init__(self, folder: DataFolder, heard_s: Callable[[], float]) -> None:
        self._folder = folder
        self._heard_s = heard_s
        self._answered_s = time.monotonic()
        self._closed = threading.Event()
        threading.Thread(target=self._watch, name="bench watch", daemon=True).start()

    def close(self) -> None:
        """Watch no more."""
        self._closed.set()

    def _watch(self) -> None:
        while not self._closed.wait(_LOOK_S):
            silent_since_s = max(self._heard_s(), self._answered_s)
            if time.monotonic() - silent_since_s > SILENCE_S and self._hangs():
                _log.warning("the bench on %s does not answer; it is ended", self._folder.path)
                kill_bench(self._folder)
                return

    def _hangs(self) -> bool:
        """Ask the bench; one that is gone is told of by the end of the connection."""
        for _ in range(_TRIES):
            try:
                safety_line.ping(self._folder)
            except safety_line.BenchSilent:
                if self._closed.is_set():
                    return False
                continue
            except safety_line.NoBench:
                pass
            self._answered_s = time.monotonic()
            return False
        return True
