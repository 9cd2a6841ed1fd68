"""One bench of its own process for all tests of a module, and scripts to run on it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.helpers.cli import ServedBench, served_bench

WriteScript = Callable[..., Path]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedBench]:
    """A bench with the demo instruments that commands attach to."""
    with served_bench(tmp_path_factory.mktemp("data")) as bench:
        yield bench


@pytest.fixture
def write(tmp_path: Path) -> WriteScript:
    """Write a script and, where it is given, its metadata; return the script's path."""

    def write(name: str, source: str, metadata: str | None = None) -> Path:
        path = tmp_path / name
        path.write_text(source, encoding="utf-8")
        if metadata is not None:
            path.with_suffix(".toml").write_text(metadata, encoding="utf-8")
        return path

    return write
