"""Worker processes for the tests of launching, by each launcher."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchwright.worker.launching import (
    LaunchRequest,
    WorkerLauncher,
    WorkerProcess,
)
from tests.worker.puppets import MAKERS, on_linux, running


@pytest.fixture(params=[pytest.param("zygote", marks=on_linux), "spare"])
def launcher(request: pytest.FixtureRequest) -> Iterator[WorkerLauncher]:
    launcher = MAKERS[request.param]()
    yield launcher
    launcher.close()


@pytest.fixture
def wanted(tmp_path: Path) -> LaunchRequest:
    return LaunchRequest(language="python", scratch_dir=str(tmp_path), run_id="20260101-000000-abcdef")


@pytest.fixture
def worker(launcher: WorkerLauncher, wanted: LaunchRequest) -> Iterator[WorkerProcess]:
    with running(launcher, wanted) as worker:
        yield worker
