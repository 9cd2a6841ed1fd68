"""What the person at the terminal is told before a grant, and what the answer brings about."""

import io
from argparse import Namespace
from pathlib import Path

import pytest

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.scripts.script_file import read_script
from benchwright.cli import grants
from benchwright.cli.console import Console
from benchwright.core.errors import MetadataError, PermissionDenied
from benchwright.core.permissions import Permission
from benchwright.worker.launching import probe

LACK = {"seccomp": "held (deny list)", "landlock": "missing: this kernel has no Landlock"}
METADATA = 'permissions = ["device:read", "device:control"]'


@pytest.fixture(autouse=True)
def person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grants, "is_interactive", lambda arguments: True)
    monkeypatch.setattr(probe, "probe_confinement", lambda language: LACK)


def asked(folder: Path, name: str, answer: str, monkeypatch: pytest.MonkeyPatch) -> frozenset[Permission]:
    (folder / name).write_text("x = 1")
    (folder / name).with_suffix(".toml").write_text(METADATA)
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    script = read_script(folder / name)
    return grants.asked_grant(Namespace(grant=None), script, DataFolder(folder), Console())


def test_missing_fences_are_told_before_a_python_script_is_granted_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(tmp_path, "a.py", "y\n", monkeypatch) == {Permission.DEVICE_READ, Permission.DEVICE_CONTROL}
    told = capsys.readouterr().err
    assert "does not fence it in fully" in told
    assert "  landlock: this kernel has no Landlock\n" in told
    assert "seccomp" not in told
    assert told.index("landlock") < told.index("[y/N]")


def test_lua_needs_no_fence_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked(tmp_path, "a.lua", "y\n", monkeypatch)
    assert "fence" not in capsys.readouterr().err


def test_a_no_is_a_no_and_changed_metadata_asks_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(PermissionDenied):
        asked(tmp_path, "a.lua", "n\n", monkeypatch)
    asked(tmp_path, "a.lua", "y\n", monkeypatch)
    asked(tmp_path, "a.lua", "", monkeypatch)  # it is remembered
    monkeypatch.setattr(f"{__name__}.METADATA", METADATA + "\n[limits]\nmax_memory_mb = 20")
    with pytest.raises(PermissionDenied):
        asked(tmp_path, "a.lua", "", monkeypatch)


def test_a_name_that_is_no_permission_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.lua").write_text("")
    script = read_script(tmp_path / "a.lua")
    with pytest.raises(MetadataError, match="unknown permission 'device:all'"):
        grants.asked_grant(Namespace(grant="device:all"), script, DataFolder(tmp_path), Console())
