"""Earlier runs behind the current one: kept from before, read from the data folder, chosen and remembered."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF

from benchwright.bench.storage.run_store import RunStore
from benchwright.core.events import RunFinished, RunStateChanged
from benchwright.core.run_states import RunState
from benchwright.core.values import Value
from tests.bench.storage.helpers import stored_run
from tests.gui.plots_bench import PlotsBench, plots_bench
from tests.gui.shell import wait_until

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[PlotsBench]:
    with plots_bench(tmp_path) as made:
        yield made


def finish(bench: PlotsBench, rows: int) -> None:
    run = bench.model.run
    bench.model.happened(RunStateChanged(run_id=run.run_id, state=RunState.RUNNING, script=run.script))
    bench.model.happened(
        RunFinished(run_id=run.run_id, outcome=RunState.COMPLETED, duration_s=1.0, rows=rows)
    )


def store(bench: PlotsBench, number: int, script: str = "scan", **columns: list[Value]) -> str:
    """Put a run of some minutes after noon into the data folder."""
    assert bench.model.data_dir is not None
    created = NOON + timedelta(minutes=number)
    run_id = f"{created:%Y%m%d-%H%M%S}-00000{number}"
    count = len(next(iter(columns.values())))
    stored_run(
        RunStore(bench.model.data_dir), columns, run_id=run_id, script=script, created=created,
        started=created, ended=created, state=RunState.COMPLETED, rows=count,
    )  # fmt: skip
    return run_id


def history(bench: PlotsBench) -> None:
    assert bench.model.data_dir is not None
    bench.model.history_read.emit(RunStore(bench.model.data_dir).list())


def test_runs_of_this_session_lie_behind(bench: PlotsBench) -> None:
    for number, script in enumerate(("scan", "other", "scan")):
        bench.record(f"r{number}", script, x=[1.0, 2.0], y=[float(number)] * 2)
        finish(bench, 2)
    assert [y for _, y in bench.curves()] == [[2, 2], [0, 0]]
    bench.choose("plots.earlier", "Show earlier runs")
    assert [y for _, y in bench.curves()] == [[2, 2]]


def test_runs_of_before_are_read_in_the_background(bench: PlotsBench) -> None:
    for number in range(1, 6):
        store(bench, number, x=[1.0, 2.0], y=[float(number)] * 2, note=["a", "b"])
    store(bench, 6, "other", x=[1.0], y=[6.0])
    history(bench)
    bench.record("r9", x=[1.0, 2.0], y=[9.0, 9.0])
    wait_until(lambda: len(bench.curves()) == 4)
    assert [y[0] for _, y in bench.curves()] == [9, 5, 4, 3]


def test_person_chooses_which_runs_and_that_is_remembered(bench: PlotsBench) -> None:
    ids = [store(bench, number, x=[1.0], y=[float(number)]) for number in range(1, 6)]
    history(bench)
    bench.record("r9", x=[1.0], y=[9.0])
    labels = [f"{(NOON + timedelta(minutes=n)).astimezone():%d %b %H:%M}" for n in range(1, 6)]
    bench.choose("plots.earlier", labels[0])
    bench.choose("plots.earlier", labels[4])
    wait_until(lambda: sorted(y[0] for _, y in bench.curves()) == [1, 3, 4, 9])
    assert bench.panel.save_state()["earlier_runs"] == {"scan": [ids[3], ids[2], ids[0]]}
    assert bench.model.data_dir is not None
    with plots_bench(bench.model.data_dir) as other:
        other.panel.restore_state(bench.panel.save_state())
        history(other)
        other.record("r10", x=[1.0], y=[10.0])
        wait_until(lambda: sorted(y[0] for _, y in other.curves()) == [1, 3, 4, 10])
        other.choose("plots.earlier", "Always the latest")
        wait_until(lambda: sorted(y[0] for _, y in other.curves()) == [3, 4, 5, 10])


def test_long_run_is_read_in_part_and_that_is_said(
    bench: PlotsBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchwright.gui.panels.plots.earlier.MAX_ROWS", 2)
    store(bench, 1, x=[1.0, 2.0, 3.0], y=[1.0, 1.0, 1.0])
    history(bench)
    bench.record("r9", x=[1.0], y=[9.0])
    wait_until(lambda: len(bench.curves()) == 2)
    assert bench.notes().startswith("the first 2 rows of 3 of ")


def test_rows_that_are_not_drawn_do_not_fill_the_memory(
    bench: PlotsBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchwright.gui.panels.plots.earlier._KEPT_CELLS", 1)
    ids = [store(bench, number, x=[1.0], y=[float(number)]) for number in (1, 2)]
    history(bench)
    bench.record("r9", x=[1.0], y=[9.0])
    wait_until(lambda: len(bench.curves()) == 3)
    earlier = bench.panel.rows.earlier
    for run_id in ids:
        earlier.choose("scan", "r9", run_id, is_drawn=False)
    assert len(bench.curves()) == 1
    earlier.choose("scan", "r9", ids[0], is_drawn=True)
    wait_until(lambda: len(bench.curves()) == 2)
    store(bench, 3, "other", x=[1.0], y=[3.0])
    bench.record("r10", "other", x=[1.0], y=[9.0])
    history(bench)
    wait_until(lambda: len(bench.curves()) == 2)
    assert not {*ids} & {*earlier._rows}


def test_cursor_reads_earlier_runs_too(bench: PlotsBench) -> None:
    store(bench, 1, x=[1.0, 2.1], y=[5.0, 7.0])
    history(bench)
    bench.record("r9", x=[1.0, 2.0], y=[9.0, 8.0])
    wait_until(lambda: len(bench.curves()) == 2)
    label = f"{(NOON + timedelta(minutes=1)).astimezone():%d %b %H:%M}"
    assert bench.headers().endswith(label)
    bench.pane.move_cursor_to(QPointF(1.9, 0.0))
    assert bench.headers().endswith(f"{label} 7")


def test_run_that_cannot_be_read_is_said_and_the_others_are_drawn(bench: PlotsBench) -> None:
    gone = store(bench, 1, x=[1.0], y=[1.0])
    store(bench, 2, x=[1.0], y=[2.0])
    history(bench)
    assert bench.model.data_dir is not None
    RunStore(bench.model.data_dir).folder(gone).data_path.unlink()
    bench.record("r9", x=[1.0], y=[9.0])
    wait_until(lambda: len(bench.curves()) == 2 and bench.messages)
    assert "cannot be drawn" in bench.messages[0]


def test_without_earlier_runs_the_menu_says_so(bench: PlotsBench) -> None:
    assert not bench.entry("plots.earlier", "No earlier run of this script").isEnabled()
