"""Looks for texts in what runs ran, printed and logged: slow beside the rest, and given up at any moment."""

from collections.abc import Callable, Iterable

from benchwright.bench.storage.run_store import RunStore
from benchwright.core.errors import BenchwrightError


class TextSearch:
    """One search; the text of a script that ran many times is read once.

    Args:
        store: has the runs.
        is_cancelled: asked again and again while it goes on.
    """

    def __init__(self, store: RunStore, is_cancelled: Callable[[], bool] = lambda: False) -> None:
        self._store = store
        self._is_cancelled = is_cancelled
        self._in_script: dict[tuple[str, str], bool] = {}  # by hash and text

    def finds(self, run_id: str, source_sha256: str, texts: Iterable[str]) -> bool:
        """Tell whether each text, in small letters, is in a run's script or log that can be read."""
        return all(
            self._is_in_script(run_id, source_sha256, text) or self._is_in_log(run_id, text) for text in texts
        )

    def _is_in_script(self, run_id: str, source_sha256: str, text: str) -> bool:
        key = (source_sha256 or run_id, text)
        if key not in self._in_script:
            try:
                self._in_script[key] = text in self._store.source(run_id).lower()
            except BenchwrightError:
                return False  # the same script may be whole elsewhere
        return self._in_script[key]

    def _is_in_log(self, run_id: str, text: str) -> bool:
        try:
            return self._store.data(run_id).has_line(text, self._is_cancelled)
        except BenchwrightError:
            return False
