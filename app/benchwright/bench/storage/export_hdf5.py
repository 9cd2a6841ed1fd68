"""Writes a run as HDF5; needs the optional package h5py."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from benchwright.bench.storage.cells import BOOLEAN, FLOAT, INTEGER, TEXT
from benchwright.bench.storage.patient_file import PatientFile
from benchwright.bench.storage.run_data import ColumnInfo
from benchwright.bench.storage.run_store import RunSnapshot
from benchwright.core.column_units import column_units
from benchwright.core.errors import ConfigurationError, MetadataError
from benchwright.core.metadata import ScriptMetadata, parse_metadata
from benchwright.core.values import Value

_CHUNK_ROWS: Final = 4096
_NUMBERS: Final = {
    (): "float64",
    (BOOLEAN,): "bool",
    (INTEGER,): "int64",
    (FLOAT,): "float64",
    (FLOAT, INTEGER): "float64",
}
_FILLERS: Final[dict[str, Value]] = {"bool": False, "int64": 0, "float64": float("nan")}


def write_hdf5(run: RunSnapshot, path: Path) -> None:
    """Write rows as datasets of one dimension, ``columns/<name>`` for each recorded name, and ``time_s``.

    A dataset whose unit the script tells has it as the attribute ``unit``: see `column_units`.
    Numbers are float64 or int64, truth values bool, texts UTF-8 of variable length. A name that HDF5 cannot
    hold is changed; the attribute ``name`` has it as recorded. Where rows have no value ``missing/<name>`` is
    true, and the dataset holds NaN, 0, false or an empty text. A column of unlike kinds, or with texts that
    HDF5 cannot hold, has each value as JSON text, and the attribute ``encoding`` = ``json``. Attributes of
    the file: ``run_id``, ``script``, ``source``, ``source_sha256``, ``metadata`` (TOML), ``parameters`` and
    ``record`` (JSON).

    Raises:
        ConfigurationError: h5py is not installed.
        OSError: the file cannot be written.
    """
    try:
        import h5py
    except ImportError:
        message = "HDF5 files need the package h5py; install it with: pip install 'benchwright[hdf5]'"
        raise ConfigurationError(message) from None

    with path.open("wb+", buffering=0) as file:
        sink = PatientFile(file)
        with h5py.File(sink, "w", libver=("v108", "latest")) as target:  # attributes beyond 64 KB need 1.8
            _write_attributes(target, run)
            _write_rows(target, run, sink, h5py.string_dtype("utf-8"))
        sink.check()


def _write_rows(target: Any, run: RunSnapshot, sink: PatientFile, text_type: Any) -> None:
    times_s = _dataset(target, "time_s", run.row_count, "float64")
    times_s.attrs["unit"] = "s"
    units = _units(run)
    columns = [
        _Column(target, link, info, run, text_type, units.get(info.name, ""))
        for link, info in _link_names(run.columns).items()
    ]
    for chunk in run.chunks():
        times_s[chunk.first : chunk.first + len(chunk.times_s)] = chunk.times_s
        for column in columns:
            column.write(chunk.first, chunk.columns[column.name])
        sink.check()


class _Column:
    """The dataset of one recorded name; a mask is made beside it as soon as a value is missing."""

    def __init__(
        self, file: Any, link: str, info: ColumnInfo, run: RunSnapshot, text_type: Any, unit: str
    ) -> None:
        self.name = info.name
        self._make_mask = partial(_dataset, file, f"missing/{link}", run.row_count, "bool")
        self._mask: Any = None
        number_type = _NUMBERS.get(tuple(sorted(info.kinds)))
        self._filler = "" if number_type is None else _FILLERS[number_type]
        self._is_json = number_type is None and (info.kinds != (TEXT,) or run.data.has_nul(info))
        self._dataset = _dataset(file, f"columns/{link}", run.row_count, number_type or text_type)
        self._dataset.attrs["name"] = _attribute(info.name)
        if unit:
            self._dataset.attrs["unit"] = _attribute(unit)
        if self._is_json:
            self._dataset.attrs["encoding"] = "json"

    def write(self, first: int, values: Sequence[Value]) -> None:
        """Write values from index `first` on."""
        end = first + len(values)
        if None in values:
            self._mask = self._mask or self._make_mask()
            self._mask[first:end] = [value is None for value in values]
        if self._is_json:
            values = [value if value is None else json.dumps(value) for value in values]
        self._dataset[first:end] = [self._filler if value is None else value for value in values]


def _units(run: RunSnapshot) -> dict[str, str]:
    names = [column.name for column in run.columns]
    try:
        return column_units(parse_metadata(run.record.metadata, ""), names)
    except MetadataError:  # of a damaged record; the names may still tell
        return column_units(ScriptMetadata(), names)


def _write_attributes(file: Any, run: RunSnapshot) -> None:
    record = run.record
    texts = {
        "run_id": record.run_id,
        "script": record.script,
        "source": run.source,
        "source_sha256": record.source_sha256,
        "metadata": record.metadata,
        "parameters": msgspec.json.encode(record.parameters).decode(),
        "record": msgspec.json.encode(record).decode(),
    }
    for name, text in texts.items():
        file.attrs[name] = _attribute(text)


def _attribute(text: str) -> str:
    return text.replace("\0", "\N{SYMBOL FOR NULL}")


def _dataset(file: Any, name: str, count: int, type_: Any) -> Any:
    return file.create_dataset(name, (count,), type_, chunks=(min(count, _CHUNK_ROWS),) if count else None)


def _link_names(columns: Sequence[ColumnInfo]) -> dict[str, ColumnInfo]:
    """Return the columns by a name that HDF5 can hold: no slash, no NUL, not a dot alone, not empty."""
    links: dict[str, ColumnInfo] = {}
    for column in columns:
        base = column.name.replace("\0", "").replace("/", "_")
        base = f"column_{base}" if base in ("", ".", "..") else base
        link, number = base, 1
        while link in links:
            number += 1
            link = f"{base}_{number}"
        links[link] = column
    return links
