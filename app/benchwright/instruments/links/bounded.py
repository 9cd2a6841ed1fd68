"""Bounds calls into libraries that know no deadline, such as name lookup and opening a VISA resource."""

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

THREAD_NAME = "bounded call"


class TooLate(Exception):
    """The call is still under way."""


def within(timeout_s: float, call: Callable[[], T], on_late: Callable[[T], object] | None = None) -> T:
    """Return what `call` returns, if it does so in time.

    Args:
        timeout_s: how long to wait.
        call: what to do, in a thread of its own.
        on_late: given the value of a call that came too late, such as to close what it opened.

    Raises:
        TooLate: `call` did not return in time; its thread is left behind.
        Exception: what `call` raised.
    """
    values: list[T] = []
    errors: list[Exception] = []
    given_up = threading.Event()
    lock = threading.Lock()

    def work() -> None:
        try:
            value = call()
        except Exception as error:  # noqa: BLE001 - handed to the caller as it is
            errors.append(error)
            return
        with lock:
            values.append(value)
            late = given_up.is_set()
        if late and on_late is not None:
            on_late(value)

    thread = threading.Thread(target=work, name=THREAD_NAME, daemon=True)
    try:
        thread.start()
    except RuntimeError:  # no room for another thread: better unbounded than not at all
        return call()
    thread.join(timeout_s)
    with lock:
        if errors:
            raise errors[0]
        if values:
            return values[0]
        given_up.set()
    raise TooLate
