"""Which runs of the list fit what is looked for: at once by what is known, then by scripts and logs."""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QObject, Signal

from benchwright.core.errors import QueryError
from benchwright.gui.background import in_background
from benchwright.gui.panels.runs.history import History
from benchwright.gui.panels.runs.row import RunRow

if TYPE_CHECKING:
    from benchwright.bench.history import RunQuery

_BATCH: Final = 50  # runs that are looked through between two reports


class _Candidate(NamedTuple):
    run_id: str
    source_sha256: str
    texts: Sequence[str]  # that what is known of it does not hold


class RunFinder(QObject):
    """Takes the text of the search field; reading scripts and logs goes on in a thread, and can be stopped.

    ``problem`` says what is wrong with the text; meanwhile the runs that fitted before are shown.
    """

    changed = Signal()  # other runs fit
    progressed = Signal()  # `done` of `total` runs are looked through

    _looked_through = Signal(object, object, int)  # which search, run ids that it found, how many it did

    def __init__(self, history: History, parent: QObject) -> None:
        super().__init__(parent)
        self.text = ""
        self.problem = ""
        self.done = self.total = 0
        self._history = history
        self._query: RunQuery | None = None  # None: all
        self._found: set[str] = set()  # by their scripts and logs
        self._stop = threading.Event()
        self._looked_through.connect(self._on_looked_through)
        parent.destroyed.connect(self._leave)

    @property
    def is_searching(self) -> bool:
        """Whether scripts and logs are being looked through."""
        return self.done < self.total

    def look_for(self, text: str) -> None:
        """Take what the person wrote."""
        from benchwright.bench.history import RunQuery

        self.stop()
        self.text = text.strip()
        try:
            query = RunQuery.parse(self.text)
            self.problem = ""
        except QueryError as error:
            self.problem = error.message
            self.progressed.emit()
            return
        self._query = query if query != RunQuery() else None
        self._found = set()
        self.changed.emit()

    def fits(self, row: RunRow) -> bool:
        """Tell whether a run fits, as far as it is known by now."""
        query = self._query
        if query is None:
            return True
        return query.fits(row) and (row.run_id in self._found or not self._unfound(query, row))

    def _unfound(self, query: "RunQuery", row: RunRow) -> list[str]:
        """Return which texts are not in what is known of a run."""
        if not query.texts:
            return []
        return query.unfound_in(row.known) if row.known else query.unfound(row)

    def search_texts(self, rows: Sequence[RunRow]) -> None:
        """Look through the scripts and logs of the runs that fit but for their texts, newest first."""
        query = self._query
        if query is None or not query.texts or self.problem:
            return
        candidates = [
            _Candidate(row.run_id, row.source_sha256, unfound)
            for row in sorted(rows, key=lambda row: row.started, reverse=True)
            if query.fits(row) and row.run_id not in self._found and (unfound := self._unfound(query, row))
        ]
        self.stop()
        self._stop = stop = threading.Event()
        self.done, self.total = 0, len(candidates)
        in_background("text search", lambda: self._search(candidates, stop), lambda _: None, owner=self)
        self.progressed.emit()

    def stop(self) -> None:
        """Search no further; what was found stays."""
        self._stop.set()
        self.done = self.total = 0
        self.progressed.emit()

    def _leave(self) -> None:
        self._stop.set()

    def _search(self, candidates: Sequence[_Candidate], stop: threading.Event) -> None:
        finds = self._history.text_search(stop.is_set)
        try:
            for start in range(0, len(candidates), _BATCH):
                batch = candidates[start : start + _BATCH]
                found = [each.run_id for each in batch if not stop.is_set() and finds(*each)]
                if stop.is_set():
                    return
                self._looked_through.emit(stop, found, start + len(batch))
        except RuntimeError:
            pass  # the window is gone

    def _on_looked_through(self, stop: threading.Event, found: list[str], done: int) -> None:
        if stop is not self._stop or stop.is_set():
            return
        self.done = done
        if found:
            self._found.update(found)
            self.changed.emit()
        self.progressed.emit()
