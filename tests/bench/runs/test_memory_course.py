"""The course of a run's memory in five numbers, however long the run was."""

import pytest

from benchwright.bench.runs.memory_course import MemoryCourse


@pytest.mark.parametrize("seconds", [1, 10, 3600, 100_000])
def test_the_quarters_of_a_straight_line_are_a_straight_line(seconds: int) -> None:
    course = MemoryCourse()
    steps = 10_000
    for step in range(steps + 1):
        course.add(seconds * step / steps, step)
    course.add(seconds, 0)  # it leaves
    found = course.quarters()
    assert (found[0], found[-1]) == (0, steps)
    assert found == pytest.approx([0, 2500, 5000, 7500, 10_000], abs=steps / 30)
    assert len(course._kept) <= 64


def test_few_measurements_are_a_course_too() -> None:
    course = MemoryCourse()
    assert course.quarters() == ()
    course.add(0.0, 7)
    assert course.quarters() == (7, 7, 7, 7, 7)
    course.add(0.001, 9)
    course.add(0.002, 11)
    assert course.quarters() == (7, 7, 7, 7, 9)


def test_the_newest_may_be_of_a_process_on_its_way_out() -> None:
    course = MemoryCourse()
    for at_s, size in ((0.0, 5), (0.1, 6), (0.2, 7), (0.3, 0)):
        course.add(at_s, size)
    assert course.quarters()[-1] == 7
