"""A whole bench in this process, on a folder of its own, with the virtual instruments."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchwright.bench.application import BenchApplication
from benchwright.bench.data_folder import DataFolder
from benchwright.instruments.config import Config
from tests.bench.operating import Operator


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """An empty data folder."""
    return DataFolder.open(tmp_path / "data")


@pytest.fixture
def bench(folder: DataFolder) -> Iterator[BenchApplication]:
    """A running bench with the demo instruments."""
    application = BenchApplication(folder, Config.demo())
    application.start()
    try:
        yield application
    finally:
        application.close()


@pytest.fixture
def operator(bench: BenchApplication) -> Iterator[Operator]:
    """Somebody who submits scripts and sees all events."""
    with Operator(bench) as operator:
        yield operator
