"""What the drivers of SCPI instruments share: identity, the error queue, overload.

Source: SCPI-1999 volume 1, sections 4.1 (common commands), 7.2.1.4 (infinity) and 21.8 (error queue).
"""

import re
from typing import Any

from benchwright.core.errors import InstrumentError
from benchwright.instruments.descriptor import query
from benchwright.instruments.instrument import Instrument

_OVERLOAD = 9.9e37  # from here on a number stands for infinity or for no number
_ERROR = re.compile(r"([+-]?\d+)\s*(?:,\s*(.*))?", re.ASCII)
_ERRORS_KEPT = 20
_IDENTITY = r"[^,]*[A-Za-z]{2}[^,]*(?:,[^,]*){2,}"  # three fields or more, no list of numbers


class ScpiInstrument(Instrument):
    """A driver whose commands are checked against the error queue; lines end in LF."""

    SYNC = ("*IDN?", _IDENTITY)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._is_queue_fresh = False
        super().__init__(*args, **kwargs)

    @query()
    def identify(self) -> str:
        """Read maker, model, serial number and firmware version."""
        return self.ask_text("*IDN?", _IDENTITY, "an identity")

    def on_connected(self) -> None:
        """Remember that the error queue may hold what happened before."""
        self._is_queue_fresh = False

    def act(self, command: str) -> None:
        """Send a command and make sure that the instrument took it.

        Raises:
            InstrumentError: it put an error into its queue.
        """
        with self.port.transaction():
            if not self._is_queue_fresh:
                self.port.command("*CLS")
                self._is_queue_fresh = True
            self.port.command(command)
            self.check_errors()

    def check_errors(self) -> None:
        """Empty the error queue.

        Raises:
            InstrumentError: it was not empty; names the oldest error.
        """
        oldest = ""
        for _ in range(_ERRORS_KEPT):
            error = self._next_error()
            if not error:
                break
            oldest = oldest or error
        if oldest:
            raise InstrumentError(self.name, f"error {oldest}")

    def _next_error(self) -> str:
        reply = self.port.query("SYST:ERR?")
        parsed = _ERROR.fullmatch(reply)
        if parsed is None:
            raise self.senseless(reply, "SYST:ERR?", "an error code and its text")
        code, text = int(parsed[1]), (parsed[2] or "").strip('"')
        return f"{code}: {text}" if code else ""

    def measure(self, question: str, timeout_s: float | None = None) -> float:
        """Ask for a reading.

        Raises:
            InstrumentError: the reply is no number, or tells of an overload.
        """
        reading = self.parse_float(self.port.query(question, timeout_s), question)
        if abs(reading) >= _OVERLOAD:
            raise InstrumentError(self.name, f"overload: {question} found no value in range")
        return reading
