"""Workers from warm spare processes: any system, a new interpreter each."""

import threading
from collections import deque
from collections.abc import Sequence

from benchwright.core.errors import WorkerStartError

from .contract import DEFAULT_ENTRY, LaunchRequest, WorkerProcess
from .spare_worker import SpareWorker

_ATTEMPTS = 2


class SpareLauncher:
    """Keeps a few processes that have imported everything and wait for a run."""

    def __init__(self, entry: str = DEFAULT_ENTRY, search_path: Sequence[str] = (), spares: int = 2) -> None:
        """Prepare; nothing is started yet.

        Args:
            entry: What a worker runs, `module:function`; imported with all that scripts may need.
            search_path: Folders to import it from besides the package's own.
            spares: How many to keep waiting.
        """
        self._entry = entry
        self._search_path = tuple(search_path)
        self._spares = spares
        self._changed = threading.Condition()
        self._ready: deque[SpareWorker] = deque()
        self._launched: list[SpareWorker] = []
        self._waiting = 0
        self._failure = ""
        self._is_closed = False
        # The kernel kills a worker when the thread that started it ends, so one thread starts them all.
        self._keeper = threading.Thread(target=self._keep, name="spare-keeper", daemon=True)

    def start(self) -> None:
        """Start the spares, without waiting until they are ready."""
        with self._changed:
            if self._keeper.ident is None:
                self._keeper.start()

    def launch(self, request: LaunchRequest) -> WorkerProcess:
        """Make a spare the worker for `request`; may be called from several threads at once.

        Raises:
            WorkerStartError: The system did not let it start.
        """
        self.start()
        reason = ""
        for _ in range(_ATTEMPTS):
            worker = self._take()
            try:
                worker.assign(request)
            except OSError as error:
                worker.kill()
                reason = worker.last_words() or str(error)
                worker.close()
            else:
                return worker
        raise WorkerStartError(f"no worker process could be started: {reason}")

    def resident_bytes(self) -> int:
        """Return the memory of the spares and the workers in bytes."""
        with self._changed:
            workers = [*self._ready, *self._launched]
        return sum(worker.rss_bytes() for worker in workers)

    def close(self) -> None:
        """End all spares and workers."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        if self._keeper.ident is not None:
            self._keeper.join()

    def _take(self) -> SpareWorker:
        with self._changed:
            self._failure = ""
            self._waiting += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._ready or self._failure or self._is_closed)
            self._waiting -= 1
            if self._is_closed or not self._ready:
                reason = self._failure or "the bench is closing"
                raise WorkerStartError(f"no worker process could be started: {reason}")
            worker = self._ready.popleft()
            self._launched = [w for w in self._launched if w.wait(0) is None] + [worker]
            self._changed.notify_all()
            return worker

    def _keep(self) -> None:
        while self._wait_for_need():
            try:
                spare = SpareWorker(self._entry, self._search_path)
            except OSError as error:
                with self._changed:
                    self._failure = str(error)
                    self._changed.notify_all()
                continue
            with self._changed:
                self._ready.append(spare)
                self._changed.notify_all()
        for spare in self._ready:
            spare.close()
        for worker in self._launched:
            worker.kill()
            worker.wait()

    def _wait_for_need(self) -> bool:
        """Wait until a spare is lacking and the last attempt did not fail; return `False` when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or (self._lacks_spares() and not self._failure))
            return not self._is_closed

    def _lacks_spares(self) -> bool:
        return len(self._ready) < self._spares + self._waiting
