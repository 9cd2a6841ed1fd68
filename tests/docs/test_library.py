"""The programs of docs/library.md run as they stand."""

import subprocess
import sys
from pathlib import Path

import pytest

import benchwright
from tests.docs.documents import DOCS, examples, named
from tests.helpers.cli import TIMEOUT_S, cli_environment

PROGRAMS = named(examples("library.md", "python"))


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_runs(tmp_path: Path, name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAMS[name].text],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=cli_environment(),
        timeout=TIMEOUT_S,
    )
    assert (done.returncode, done.stderr) == (0, "")
    said = ("newport.read_power 0.00", "completed done 3 ", "stdout done\namounts duration_s")
    assert any(each in done.stdout for each in said), done.stdout


def test_public_names_are_told_and_completed() -> None:
    text = (DOCS / "library.md").read_text("utf-8")
    public = {
        "Config",
        "InstrumentManager",
        "run_script",
        "run_again",
        "RunHistory",
        "Scalar",
        "Vector",
        "Spectrum",
        "Image",
    }
    assert public <= set(dir(benchwright))
    assert all(f"`{name}" in text or f"benchwright.{name}" in text for name in public)
