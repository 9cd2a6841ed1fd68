import csv
import json
import math
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from benchwright.bench.storage.export import ExportFormat, export_format, export_run
from benchwright.bench.storage.run_store import RunStore
from benchwright.core.errors import ConfigurationError, RunNotFound, StorageError
from benchwright.core.run_states import RunState
from benchwright.core.values import Value
from tests.bench.storage.helpers import names_in, record, recording, start_python, stored_run

RUN_ID = "20260102-030405-abcdef"
NAN = float("nan")
COLUMNS: dict[str, list[Value]] = {
    "angle": [0.1, NAN, None],
    "steps": [2**63 - 1, None, -1],
    "on": [True, False, None],
    "note": ['say "µ", please', "", None],
}


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "data")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "scan.csv"


def test_the_suffix_tells_the_format() -> None:
    assert export_format(Path("a.CSV")) is ExportFormat.CSV
    assert export_format(Path("a.h5")) is export_format(Path("a.hdf5")) is ExportFormat.HDF5
    assert export_format(Path("a.json")) is ExportFormat.JSON
    for wrong in ("a.xlsx", "csv", "a.csv.gz"):
        with pytest.raises(ConfigurationError, match=r"must be one of \.csv, \.h5, \.hdf5, \.json"):
            export_format(Path(wrong))


# --- CSV ---


def test_csv_is_as_the_standard_says(store: RunStore, target: Path) -> None:
    stored_run(store, COLUMNS)
    assert export_run(store, RUN_ID, target) == 3
    assert target.read_bytes().decode() == (
        "time_s,angle,steps,on,note\r\n"
        '0.0,0.1,9223372036854775807,true,"say ""µ"", please"\r\n'
        '1.0,nan,,false,""\r\n'
        "2.0,,-1,,\r\n"
    )
    assert names_in(target.parent) == ["scan.csv"]


def test_csv_comes_back_through_a_reader(store: RunStore, target: Path) -> None:
    texts: list[Value] = ["a,b", '"', "\r", "\n", "x\r\ny", "'", " padded ", "=1+1", "Ω\u2028"]
    numbers: list[Value] = [
        0.1 + 0.2,
        -0.0,
        math.inf,
        -math.inf,
        5e-324,
        1e16,
        1e22,
        123456789.123456789,
        3.0,
    ]
    stored_run(store, {"a,b": texts, 'n"': numbers})
    export_run(store, RUN_ID, target)
    with target.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, strict=True)
    assert header == ["time_s", "a,b", 'n"']
    assert [row[1] for row in rows] == texts
    assert [repr(float(row[2])) for row in rows] == [repr(number) for number in numbers]


def test_csv_of_a_script_that_records_its_own_time(store: RunStore, target: Path) -> None:
    stored_run(store, {"time_s": [7.5]})
    export_run(store, RUN_ID, target)
    assert target.read_text().split() == ["run_time_s,time_s", "0.0,7.5"]


def test_csv_of_a_run_without_rows(store: RunStore, target: Path) -> None:
    store.create(record(), "")
    assert export_run(store, RUN_ID, target) == 0
    assert target.read_text() == "time_s\n"


# --- JSON ---


def test_json_is_one_object(store: RunStore, target: Path) -> None:
    stored_run(store, COLUMNS, parameters={"steps": 3})
    assert export_run(store, RUN_ID, target, ExportFormat.JSON) == 3

    def refuse(constant: str) -> None:
        pytest.fail(f"{constant} is no JSON")

    content = json.loads(target.read_bytes(), parse_constant=refuse)
    assert content["run"]["run_id"] == RUN_ID
    assert content["run"]["parameters"] == {"steps": 3}
    assert content["script"] == "return 1\n"
    note = 'say "µ", please'
    assert content["rows"] == [
        {"time_s": 0.0, "values": {"angle": 0.1, "steps": 2**63 - 1, "on": True, "note": note}},
        {"time_s": 1.0, "values": {"angle": None, "steps": None, "on": False, "note": ""}},
        {"time_s": 2.0, "values": {"angle": None, "steps": -1, "on": None, "note": None}},
    ]


def test_json_of_a_run_without_rows_or_names(store: RunStore, target: Path) -> None:
    folder = store.create(record(), "")
    with recording(folder.data_path) as recorder:
        recorder.rows([0.5], {})
    export_run(store, RUN_ID, target, ExportFormat.JSON)
    assert json.loads(target.read_bytes())["rows"] == [{"time_s": 0.5, "values": {}}]


# --- HDF5 ---


def read_hdf5(path: Path) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return the file's attributes, its datasets as lists, and the datasets' attributes."""
    h5py = pytest.importorskip("h5py")
    datasets, attributes = {}, {}

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            is_text = h5py.check_string_dtype(item.dtype)
            datasets[name] = (item.asstr()[()] if is_text else item[()]).tolist()
            attributes[name] = {"type": str(item.dtype), **item.attrs}

    with h5py.File(path) as file:
        file.visititems(visit)
        return dict(file.attrs), datasets, attributes


def test_hdf5_has_typed_columns_and_marks_what_is_missing(store: RunStore, target: Path) -> None:
    target = target.with_suffix(".h5")
    stored_run(store, COLUMNS)
    assert export_run(store, RUN_ID, target) == 3
    _, datasets, attributes = read_hdf5(target)
    assert datasets["time_s"] == [0.0, 1.0, 2.0]
    assert datasets["columns/angle"][0] == 0.1
    assert all(map(math.isnan, datasets["columns/angle"][1:]))
    assert datasets["missing/angle"] == [False, False, True]
    assert datasets["columns/steps"] == [2**63 - 1, 0, -1]
    assert datasets["missing/steps"] == [False, True, False]
    assert datasets["columns/on"] == [True, False, False]
    assert datasets["columns/note"] == ['say "µ", please', "", ""]
    types = {name: attributes[f"columns/{name}"]["type"] for name in COLUMNS}
    assert types == {"angle": "float64", "steps": "int64", "on": "bool", "note": "object"}
    assert names_in(target.parent) == ["scan.h5"]


def test_hdf5_says_what_was_run(store: RunStore, target: Path) -> None:
    source = "-- " + "ü" * 500_000 + "\nrecord{ x = 1 }\0\n"  # beyond the 64 KB of a plain attribute
    whole = record(metadata='name = "scan"', parameters={"angle": 45.0})
    store.create(whole, source)
    export_run(store, RUN_ID, target, ExportFormat.HDF5)
    attributes, datasets, _ = read_hdf5(target)
    assert attributes["run_id"] == RUN_ID
    assert attributes["source"] == source.replace("\0", "\u2400")
    assert attributes["source_sha256"] == whole.source_sha256
    assert attributes["metadata"] == 'name = "scan"'
    assert json.loads(attributes["parameters"]) == {"angle": 45.0}
    assert json.loads(attributes["record"])["run_id"] == RUN_ID
    assert datasets == {"time_s": []}


def test_hdf5_keeps_what_it_has_no_type_for_as_json(store: RunStore, target: Path) -> None:
    mixed: list[Value] = [1, "one", NAN, True]
    stored_run(store, {"mixed": mixed, "nul": ["a\0b", "", "c", "d"], "numbers": [1, 0.5, 2, NAN]})
    export_run(store, RUN_ID, target, ExportFormat.HDF5)
    _, datasets, attributes = read_hdf5(target)
    assert attributes["columns/mixed"]["encoding"] == attributes["columns/nul"]["encoding"] == "json"
    assert repr([json.loads(cell) for cell in datasets["columns/mixed"]]) == repr(mixed)
    assert [json.loads(cell) for cell in datasets["columns/nul"]] == ["a\0b", "", "c", "d"]
    assert datasets["columns/numbers"][:3] == [1.0, 0.5, 2.0]
    assert attributes["columns/numbers"]["type"] == "float64"


def test_hdf5_takes_every_name(store: RunStore, target: Path) -> None:
    names = ["a/b", "a_b", ".", "..", "", "a\0b", "time_s", "Ω", "A", "a", "//"]
    stored_run(store, {name: [index] for index, name in enumerate(names)})
    export_run(store, RUN_ID, target, ExportFormat.HDF5)
    _, datasets, attributes = read_hdf5(target)
    found = {
        attributes[link]["name"]: cells for link, cells in datasets.items() if link.startswith("columns/")
    }
    assert found == {name.replace("\0", "\u2400"): [index] for index, name in enumerate(names)}


def test_hdf5_without_its_library_says_what_to_install(
    store: RunStore, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored_run(store, COLUMNS)
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'benchwright\[hdf5\]'"):
        export_run(store, RUN_ID, target, ExportFormat.HDF5)
    assert names_in(target.parent) == []


# --- all of them ---


@pytest.mark.parametrize("format_", ExportFormat)
def test_an_existing_file_is_overwritten_only_when_asked_for(
    store: RunStore, target: Path, format_: ExportFormat
) -> None:
    stored_run(store, COLUMNS)
    target.write_text("precious")
    with pytest.raises(StorageError, match=r"scan\.csv exists already"):
        export_run(store, RUN_ID, target, format_)
    assert target.read_text() == "precious"
    assert export_run(store, RUN_ID, target, format_, overwrite=True) == 3
    assert target.stat().st_size > 100
    assert names_in(target.parent) == ["scan.csv"]


@pytest.mark.parametrize("format_", ExportFormat)
def test_a_target_that_cannot_be_written_is_one_sentence(
    store: RunStore, tmp_path: Path, format_: ExportFormat
) -> None:
    stored_run(store, COLUMNS)
    with pytest.raises(StorageError, match=r"cannot write .*scan\.csv: No such file or directory"):
        export_run(store, RUN_ID, tmp_path / "none" / "scan.csv", format_)


def test_a_run_that_is_not_there(store: RunStore, target: Path) -> None:
    with pytest.raises(RunNotFound):
        export_run(store, "2026", target)
    assert names_in(target.parent) == []


@pytest.mark.parametrize("format_", ExportFormat)
def test_a_run_that_goes_on_is_exported_as_it_is_then(
    store: RunStore, target: Path, format_: ExportFormat
) -> None:
    folder = store.create(record(state=RunState.RUNNING), "")
    with recording(folder.data_path) as recorder:
        recorder.rows([0.0, 1.0], {"n": [1, 2]})
        assert recorder.flush(10)
        assert export_run(store, RUN_ID, target, format_) == 2
        recorder.rows([2.0], {"late": [3]})


@pytest.mark.parametrize("format_", [ExportFormat.CSV, ExportFormat.JSON])
def test_memory_does_not_grow_with_the_run(store: RunStore, target: Path, format_: ExportFormat) -> None:
    count = 60_000
    stored_run(store, {"x": [0.5] * count, "text": ["some text"] * count})
    tracemalloc.start()
    try:
        assert export_run(store, RUN_ID, target, format_) == count
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 6_000_000


EXPORT = """
import resource, sys
from pathlib import Path
from benchwright.bench.storage.export import export_run
from benchwright.bench.storage.run_store import RunStore
from benchwright.core.errors import StorageError

resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))
try:
    export_run(RunStore(Path(sys.argv[1])), "2026", Path(sys.argv[2]))
except StorageError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
@pytest.mark.parametrize("suffix", [".csv", ".json", ".h5"])
def test_a_disk_that_takes_no_more_is_one_sentence(store: RunStore, target: Path, suffix: str) -> None:
    count = 50_000
    stored_run(store, {"x": [0.1] * count, "t": [str(index) for index in range(count)]})
    target = target.with_suffix(suffix)
    with start_python(EXPORT, store.path.parent, target) as process:
        output, _ = process.communicate(timeout=20)
    assert output == f"cannot write {target}: File too large\n"
    assert process.returncode == 0, "HDF5 would end the process"
    assert names_in(target.parent) == []
