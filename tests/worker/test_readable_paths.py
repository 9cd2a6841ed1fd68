"""What a Python script may read to import its libraries."""

import sys
from pathlib import Path

import pytest

from benchwright.worker.confinement.readable_paths import python_paths


def test_the_interpreters_own_folders() -> None:
    assert str(Path(sys.base_prefix, "lib")) in python_paths()


def test_in_the_bundle_the_program_itself_which_holds_the_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "benchwright"
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path / "_internal"), raising=False)
    monkeypatch.setattr(sys, "executable", str(program))
    assert {str(tmp_path / "_internal"), str(program)} <= set(python_paths())
