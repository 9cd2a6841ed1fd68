"""Workers forked from a warm zygote: a few milliseconds each (Linux)."""

import threading
from collections.abc import Sequence

from benchwright.core.errors import WorkerStartError

from .contract import DEFAULT_ENTRY, LaunchRequest, WorkerProcess
from .zygote_link import ZygoteGone, ZygoteLink

_ATTEMPTS = 2


class ZygoteLauncher:
    """Keeps one zygote running and has it fork the workers; replaces it when it dies."""

    def __init__(self, entry: str = DEFAULT_ENTRY, search_path: Sequence[str] = ()) -> None:
        """Prepare; nothing is started yet.

        Args:
            entry: What a worker runs, `module:function`; imported with all that scripts may need.
            search_path: Folders to import it from besides the package's own.
        """
        self._entry = entry
        self._search_path = tuple(search_path)
        self._changed = threading.Condition()
        self._link: ZygoteLink | None = None
        self._started = 0  # how many zygotes there were
        self._failure = ""
        self._is_wanted = False
        self._is_closed = False
        # The kernel kills a zygote when the thread that started it ends, so one thread starts them all.
        self._keeper = threading.Thread(target=self._keep, name="zygote-keeper", daemon=True)

    def start(self) -> None:
        """Start the zygote, without waiting until it is ready."""
        with self._changed:
            self._want()

    def launch(self, request: LaunchRequest) -> WorkerProcess:
        """Start a worker for `request`; may be called from several threads at once.

        Raises:
            WorkerStartError: The system or the worker's own code did not let it start.
        """
        reason = ""
        for _ in range(_ATTEMPTS):
            try:
                return self._live_link().fork(request)
            except ZygoteGone as gone:
                reason = str(gone)
        raise WorkerStartError(f"no worker process could be started: {reason}")

    def resident_bytes(self) -> int:
        """Return the memory of the zygote and its workers in bytes; what they share counts once."""
        link = self._link
        return link.resident_bytes() if link else 0

    def close(self) -> None:
        """End the zygote and all its workers."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
            if self._link:
                self._link.close()
        if self._keeper.ident is not None:
            self._keeper.join()

    def _keep(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_wanted or self._is_closed)
                if self._is_closed:
                    return
                link = self._open_link()
            if link:
                link.serve()
            with self._changed:
                self._link = None

    def _open_link(self) -> ZygoteLink | None:
        self._is_wanted = False
        try:
            self._link = ZygoteLink(self._entry, self._search_path)
            self._started += 1
        except OSError as error:
            self._failure = error.strerror or str(error)
        self._changed.notify_all()
        return self._link

    def _live_link(self) -> ZygoteLink:
        with self._changed:
            if not self._is_live():
                self._want()
                before = self._started  # the next one may be gone again before we look
                self._changed.wait_for(lambda: self._started > before or self._failure or self._is_closed)
            if self._failure or self._is_closed:
                reason = self._failure or "the bench is closing"
                raise WorkerStartError(f"no worker process could be started: {reason}")
            if self._link is None:
                raise ZygoteGone("the workers' parent ended at once")
            return self._link

    def _is_live(self) -> bool:
        return self._link is not None and not self._link.is_gone

    def _want(self) -> None:
        if self._keeper.ident is None:
            self._keeper.start()
        self._failure = ""
        self._is_wanted = True
        self._changed.notify_all()
