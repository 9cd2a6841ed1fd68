"""Tells of a run while it goes on: as JSON lines for programs."""

from typing import Any, Final, Protocol

import msgspec

from benchwright.cli.console import Console
from benchwright.core.events import AnyEvent, LinesPrinted, RowsRecorded


class RunReport(Protocol):
    """Shows a run's events."""

    def show(self, event: AnyEvent) -> None:
        """Show one event."""
        ...

    def tick(self) -> None:
        """Show that time passes."""
        ...


class JsonReport:
    """Writes each event as a line of JSON; batches of rows and of printed lines become a line for each."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._encoder: Final = msgspec.json.Encoder()

    def show(self, event: AnyEvent) -> None:
        """Write one event."""
        encode = self._encoder.encode
        if isinstance(event, RowsRecorded):
            self._console.json_lines(map(encode, _row_objects(event)))
        elif isinstance(event, LinesPrinted):
            lines = ({"event": "output", "stream": event.stream, "text": text} for text in event.lines)
            self._console.json_lines(map(encode, lines))
        else:
            self._console.json_lines([encode(event)])

    def tick(self) -> None:
        """Programs have clocks of their own."""


def _row_objects(rows: RowsRecorded) -> list[dict[str, Any]]:
    names = list(rows.columns)
    cells = zip(*rows.columns.values(), strict=True) if names else [()] * len(rows.times_s)
    return [
        {
            "event": "row",
            "index": rows.first + index,
            "time_s": time_s,
            "values": {name: v for name, v in zip(names, values, strict=True) if v is not None},
        }
        for index, (time_s, values) in enumerate(zip(rows.times_s, cells, strict=True))
    ]
