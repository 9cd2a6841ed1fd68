"""Carries events to whoever listens in this process; a listener must not block."""

import logging
import threading
from collections.abc import Callable

from benchwright.core.events import AnyEvent

Listener = Callable[[AnyEvent], None]

_log = logging.getLogger(__name__)


class EventBus:
    """Calls each listener with each event, in the thread that publishes."""

    def __init__(self) -> None:
        self._listeners: tuple[Listener, ...] = ()
        self._lock = threading.Lock()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Add a listener; return what removes it."""
        with self._lock:
            self._listeners += (listener,)
        return lambda: self._remove(listener)

    def _remove(self, listener: Listener) -> None:
        with self._lock:
            self._listeners = tuple(other for other in self._listeners if other is not listener)

    def publish(self, event: AnyEvent) -> None:
        """Tell every listener; one that fails is logged and does not keep it from the others."""
        for listener in self._listeners:
            try:
                listener(event)
            except Exception:  # noqa: BLE001 - the edge: a listener's mistake must not end a run
                _log.exception("a listener of events failed")
