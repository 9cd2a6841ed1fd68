"""Whatever a script may record comes back as it was: its kind, its sign, its last bit."""

import math
import struct
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from benchwright.bench.storage.cells import ColumnKinds
from benchwright.bench.storage.run_data import RunData
from benchwright.core.values import INTEGER_BOUND
from tests.bench.storage.helpers import recording

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.one_of(
    st.none(), st.booleans(), st.integers(-INTEGER_BOUND, INTEGER_BOUND - 1), st.floats(), texts
)
names = st.one_of(
    st.sampled_from(["a", "A", "seq", "time_s", "name", "column", "", "\0", 'q"', "rows"]), texts
)
batches = st.lists(
    st.integers(1, 4).flatmap(
        lambda count: st.dictionaries(names, st.lists(values, min_size=count, max_size=count), max_size=4)
    ),
    max_size=5,
)


def exact(value: Any) -> tuple[str, Any]:
    """Return what tells a value from every other one, of other kinds too."""
    if isinstance(value, float):
        return "float", "nan" if math.isnan(value) else struct.pack(">d", value)
    return type(value).__name__, value


@given(batches)
@example([{"x": [0.0, -0.0, math.inf, -math.inf, math.nan, None]}])
@example([{"x": [True, 1, 0, False]}, {"x": [17, None]}, {"x": [2**63 - 1, -(2**63)]}])
@example([{"x": [1, True]}, {"x": [False, 0.0]}, {"x": ["1", "\0", "", "a\nb\r"]}])
@example([{"a": [1], "A": [2]}, {"a_2": [3], "A": [4]}])
@example([{"x": [math.inf, -math.inf, 1.0]}, {"x": [5e-324, 1.7976931348623157e308, 0.1]}])
def test_rows(batches: list[dict[str, list[Any]]]) -> None:
    expected = []
    with TemporaryDirectory() as folder:
        path = Path(folder, "data.sqlite")
        with recording(path) as recorder:
            for columns in batches:
                count = len(next(iter(columns.values()), [0]))
                expected += [{name: column[row] for name, column in columns.items()} for row in range(count)]
                recorder.rows([0.25] * count, columns)
        found = list(RunData(path).rows())
    all_names = {name for columns in batches for name in columns}
    assert [seq for seq, _, _ in found] == list(range(len(expected)))
    for (_, time_s, row), wanted in zip(found, expected, strict=True):
        assert time_s == 0.25
        assert {name: exact(value) for name, value in row.items()} == {
            name: exact(wanted.get(name)) for name in all_names
        }


@given(st.lists(st.lists(values, max_size=6), max_size=6))
def test_cells(columns: list[list[Any]]) -> None:
    kinds = ColumnKinds()
    cells = [kinds.encode(column)[0] for column in columns]
    for column, encoded in zip(columns, cells, strict=True):
        assert list(map(exact, ColumnKinds(kinds.kinds).decode(encoded))) == list(map(exact, column))


def test_half_a_character_becomes_a_question_mark(tmp_path: Path) -> None:
    with recording(tmp_path / "data.sqlite") as recorder:
        recorder.rows([0.0], {"x\ud800": ["y\udc00"]})
        recorder.output("stdout", ["z\ud800"])
    data = RunData(tmp_path / "data.sqlite")
    assert [row for _, _, row in data.rows()] == [{"x?": "y?"}]
    assert [line.text for line in data.log()] == ["z?"]
