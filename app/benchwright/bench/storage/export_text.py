"""Writes a run as CSV or as JSON."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from benchwright.bench.storage.run_store import RunSnapshot
from benchwright.core.values import Value

_NEEDS_QUOTES: Final = re.compile(r'[",\r\n]|^$|^[ \t]|[ \t]$')


def write_csv(run: RunSnapshot, path: Path) -> None:
    r"""Write rows as RFC 4180 says: UTF-8, a header of names, lines that end in \r\n.

    The first column is ``time_s``, or ``run_time_s`` where the script recorded a ``time_s`` of its own.
    Numbers have all their digits; there is ``nan``, ``inf``, ``true`` and ``false``. Where a row has no value
    there is nothing between the commas; an empty text is ``""``.
    """
    names = [column.name for column in run.columns]
    with path.open("w", encoding="utf-8", newline="") as file:
        header = ["run_time_s" if "time_s" in names else "time_s", *names]
        file.write(",".join(map(_quoted, header)) + "\r\n")
        for chunk in run.chunks():
            columns = [map(repr, chunk.times_s), *(map(_csv_cell, chunk.columns[name]) for name in names)]
            file.writelines(",".join(cells) + "\r\n" for cells in zip(*columns, strict=True))


def _csv_cell(value: Value) -> str:
    write = _CSV_CELLS.get(type(value))
    return write(value) if write else ""


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text


_CSV_CELLS: Final[dict[type, Callable[..., str]]] = {
    float: float.__repr__,
    int: int.__repr__,
    bool: lambda value: "true" if value else "false",
    str: _quoted,
}


def write_json(run: RunSnapshot, path: Path) -> None:
    """Write one object: ``run`` (the record), ``script`` (its text) and ``rows``.

    A row is ``{"time_s": 0.1, "values": {"angle": 45.0}}``; NaN and infinities, which JSON does not know, are
    null, and so is a value that the row does not have.
    """
    encode = msgspec.json.Encoder().encode
    names = [column.name for column in run.columns]
    with path.open("wb") as file:
        file.write(b'{"run":' + encode(run.record) + b',\n"script":' + encode(run.source) + b',\n"rows":[')
        separator = b"\n"
        for chunk in run.chunks():
            columns = [chunk.columns[name] for name in names]
            values = zip(*columns, strict=True) if names else [()] * len(chunk.times_s)
            for time_s, row in zip(chunk.times_s, values, strict=True):
                file.write(
                    separator + encode({"time_s": time_s, "values": dict(zip(names, row, strict=True))})
                )
                separator = b",\n"
        file.write(b"\n]}\n")
