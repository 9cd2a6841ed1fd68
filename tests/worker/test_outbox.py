"""What gathers in the worker before it is sent."""

import pytest

from benchwright.core.errors import ArgumentError, ResourceLimitExceeded
from benchwright.core.limits import ScriptResourceLimits
from benchwright.core.script_messages import Log, Output, Progress, Rows
from benchwright.worker.outbox import BATCH_CELLS, MAX_LINE_CHARACTERS, Outbox


def outbox(**limits: int) -> Outbox:
    return Outbox(ScriptResourceLimits(**limits))


def test_rows_become_columns_and_gaps_are_none() -> None:
    box = outbox()
    box.record({"a": 1})
    box.record({"b": 2.0})
    box.record({"a": 3, "b": "x"})
    (rows,) = box.take()
    assert isinstance(rows, Rows)
    assert rows.columns == {"a": [1, None, 3], "b": [None, 2.0, "x"]}
    assert len(rows.times_s) == 3
    assert rows.times_s == sorted(rows.times_s)


def test_order_between_rows_and_lines_is_kept() -> None:
    box = outbox()
    box.record({"a": 1})
    box.output("stdout", "one\ntwo")
    box.output("stdout", "three")
    box.record({"a": 2})
    box.add(Log("info", "hello"))
    kinds = [type(message) for message in box.take()]
    assert kinds == [Rows, Output, Rows, Log]
    assert box.take() == []


def test_neighbouring_lines_share_a_message() -> None:
    box = outbox()
    box.output("stdout", "one\ntwo")
    box.output("stdout", "three")
    assert box.take() == [Output("stdout", ["one", "two", "three"])]


def test_a_full_batch_asks_to_be_sent() -> None:
    box = outbox()
    answers = [box.record({"a": 1, "b": 2}) for _ in range(BATCH_CELLS // 2)]
    assert answers.count(True) == 1
    assert answers[-1]


@pytest.mark.parametrize(
    "values",
    [{}, {"a": [1]}, {"a": {}}, {"a": b"x"}, {"a": "x" * 10_000}, {f"c{i}": i for i in range(65)}],
)
def test_a_row_that_does_not_fit_is_refused_with_a_sentence(values: dict[str, object]) -> None:
    with pytest.raises(ArgumentError, match="record"):
        outbox().record(values)  # type: ignore[arg-type]


def test_just_under_a_limit_passes_and_just_over_ends() -> None:
    box = outbox(max_record_rows=2, max_output_lines=2)
    box.record({"a": 1})
    box.record({"a": 1})
    with pytest.raises(ResourceLimitExceeded, match="max_record_rows = 2"):
        box.record({"a": 1})
    box.output("stdout", "one\ntwo")
    with pytest.raises(ResourceLimitExceeded, match="max_output_lines = 2"):
        box.output("stdout", "three")


def test_a_long_line_is_cut_and_says_so() -> None:
    box = outbox()
    box.output("stdout", "x" * (MAX_LINE_CHARACTERS + 5))
    (message,) = box.take()
    assert isinstance(message, Output)
    assert message.lines[0].endswith("(5 characters cut)")


def test_only_the_latest_of_neighbouring_reports_is_sent() -> None:
    box = outbox()
    for done in range(3):
        box.add(Progress(done, 3))
    box.record({"a": 1})
    box.add(Progress(3, 3))
    assert [each for each in box.take() if isinstance(each, Progress)] == [Progress(2, 3), Progress(3, 3)]


def test_rows_of_other_names_begin_a_batch_rather_than_pass_its_columns() -> None:
    box = outbox()
    for letter in "ab":
        box.record({f"{letter}{number}": 1 for number in range(40)})
    assert [len(each.columns) for each in box.take() if isinstance(each, Rows)] == [40, 40]


@pytest.mark.parametrize("values", [{"a": "\N{GRINNING FACE}" * 257}, {"n" * 300: 1}])
def test_texts_that_together_would_pass_a_frame_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ArgumentError, match="longer than"):
        outbox().record(values)  # type: ignore[arg-type]
