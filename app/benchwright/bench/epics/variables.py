"""Process variables of ours, as p4p serves them."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from p4p.nt import NTScalar
from p4p.server.raw import SharedPV

from benchwright.core.values import Value

INVALID: Final = 3  # a severity: do not believe the value
_TYPES: Final[Mapping[str, tuple[str, Any]]] = {
    "float": ("d", 0.0),
    "integer": ("l", 0),
    "boolean": ("?", False),
    "text": ("s", ""),
}
TYPES: Final = frozenset(_TYPES)

# value, who puts it, and what to call in the end: with a sentence where it was refused
OnPut = Callable[[Any, str, Callable[[str | None], None]], None]


class Variable:
    """One process variable; it is invalid until it was posted.

    Attributes:
        watchers: whether somebody is connected to it.

    Args:
        type_: float, integer, boolean or text.
        unit: of the value.
        on_put: told what a client wants to set, in a thread that must not be kept; None: it is only read.
    """

    def __init__(self, type_: str, *, unit: str = "", on_put: OnPut | None = None) -> None:
        code, nothing = _TYPES[type_]
        is_number = type_ in ("float", "integer")
        self.is_watched = False
        self._on_put = on_put
        initial = {"value": nothing, "alarm.severity": INVALID, "alarm.message": "not known yet"}
        if is_number:
            initial["display.units"] = unit
        self.shared = SharedPV(handler=self, nt=NTScalar(code, display=is_number), initial=initial)

    def post(self, value: Value, problem: str = "") -> None:
        """Publish a value, or that there is none and why."""
        if problem:
            current = self.shared.current().raw.value
            self.shared.post(current, severity=INVALID, message=problem, timestamp=time.time())
        else:
            self.shared.post(value, severity=0, message="", timestamp=time.time())

    # --- called by p4p, in threads of its own ---

    def put(self, _: Any, operation: Any) -> None:
        """Hand on what a client puts."""
        if self._on_put is None:
            operation.done(error="this process variable is only read")
            return
        value = operation.value().raw.value
        self._on_put(
            value, f"{operation.account()} at {operation.peer()}", lambda why: operation.done(error=why)
        )

    def onFirstConnect(self, _: Any) -> None:  # noqa: N802 - p4p's name
        """Take note that somebody is connected."""
        self.is_watched = True

    def onLastDisconnect(self, _: Any) -> None:  # noqa: N802 - p4p's name
        """Take note that nobody is."""
        self.is_watched = False
