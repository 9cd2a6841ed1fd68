"""What docs/first_hour.md and docs/file_formats.md tell to type works as it stands."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchwright.core.metadata import parse_metadata
from benchwright.core.run_states import RunState
from benchwright.instruments.config import Config
from tests.docs.documents import examples
from tests.docs.running import SUFFIXES, run
from tests.helpers.cli import TIMEOUT_S, ServedBench, cli_environment, run_cli, served_bench

SCRIPTS = {example.language: example.text for example in examples("first_hour.md", *SUFFIXES)}
METADATA, CONFIG = examples("first_hour.md", "toml")
STEPS = "for angle = 0, 90, params.step do"
READERS = examples("file_formats.md", "python")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedBench]:
    with served_bench(tmp_path_factory.mktemp("data")) as bench:
        yield bench


@pytest.fixture(scope="module", params=SUFFIXES)
def script(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first script, with an end that comes sooner."""
    path: Path = tmp_path_factory.mktemp("scripts") / f"scan{SUFFIXES[request.param]}"
    text: str = SCRIPTS[request.param].replace("0, 90, 10", "0, 4, 2").replace("0, 91, 10", "0, 5, 2")
    path.write_text(text, "utf-8")
    return path


def test_the_first_script_runs_and_its_data_is_read_as_told(
    bench: ServedBench, script: Path, tmp_path: Path
) -> None:
    finished = run(bench, script)
    assert (finished.outcome, finished.rows) == (RunState.COMPLETED, 3)
    exported = tmp_path / "scan.h5"
    command = ("runs", "export", finished.run_id, "--output", exported, "--data-dir", bench.data_dir)
    assert run_cli(*command).code == 0
    (tmp_path / "data.sqlite").write_bytes(Path(finished.data_path).read_bytes())
    for reader in READERS:
        done = subprocess.run(
            [sys.executable, "-c", reader.text],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=cli_environment(),
            timeout=TIMEOUT_S,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert "4" in done.stdout


def test_the_first_script_fits_the_metadata_and_the_configuration_as_told(tmp_path: Path) -> None:
    assert list(parse_metadata(METADATA.text, "scan.toml").parameters) == ["step"]
    assert Config.from_text(CONFIG.text).instruments
    (tmp_path / "scan.toml").write_text(METADATA.text, "utf-8")
    (tmp_path / "bench.toml").write_text(CONFIG.text, "utf-8")
    changed = SCRIPTS["lua"].replace("for angle = 0, 90, 10 do", STEPS)
    assert STEPS in changed
    (tmp_path / "scan.lua").write_text(changed, "utf-8")
    done = run_cli("script", "validate", tmp_path / "scan.lua", "--config", tmp_path / "bench.toml")
    assert done.code == 0, done.stdout
