"""Work that would hold up the window, done in a thread; its outcome arrives on the GUI thread."""

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from benchwright.core.errors import BenchwrightError

_log = logging.getLogger(__name__)
Value = TypeVar("Value")
_running: set[object] = set()  # a job lives until its outcome was delivered


class Job(QObject, Generic[Value]):
    """One piece of work; use `in_background`."""

    _done = Signal(object, object)

    def __init__(
        self,
        work: Callable[[], Value],
        on_success: Callable[[Value], object],
        on_failure: Callable[[BenchwrightError], object],
        owner: QObject | None,
    ) -> None:
        super().__init__()
        self._owner = owner
        self._work = work
        self._on_success = on_success
        self._on_failure = on_failure
        self._done.connect(self._deliver)

    def start(self, name: str) -> None:
        """Start the thread."""
        _running.add(self)
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def _run(self) -> None:
        try:
            value, error = self._work(), None
        except BenchwrightError as problem:
            value, error = None, problem
        except Exception as problem:  # noqa: BLE001 - the edge: it is told, and the window goes on
            _log.exception("work in the background failed")
            value, error = None, BenchwrightError(f"{type(problem).__name__}: {problem}")
        try:
            self._done.emit(value, error)
        except RuntimeError:
            pass  # the application ended meanwhile

    def _deliver(self, value: Value, error: BenchwrightError | None) -> None:
        _running.discard(self)
        if self._owner is not None and not isValid(self._owner):
            return
        if error is None:
            self._on_success(value)
        else:
            self._on_failure(error)


def in_background(
    name: str,
    work: Callable[[], Value],
    on_success: Callable[[Value], object],
    on_failure: Callable[[BenchwrightError], object] = lambda error: _log.warning("%s", error.message),
    owner: QObject | None = None,
) -> None:
    """Do `work` in a thread of that name, then one of the others on the GUI thread.

    Neither is called once `owner` is gone, by default the object that `on_success` is a method of.
    """
    receiver = getattr(on_success, "__self__", None)
    if owner is None and isinstance(receiver, QObject):
        owner = receiver
    Job(work, on_success, on_failure, owner).start(name)
