"""What `doctor` says of display, Qt's libraries, clock and drive."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from benchwright.bench.data_folder import DataFolder
from benchwright.cli import doctor_desktop
from benchwright.cli.checks import Status
from benchwright.cli.doctor_bench import _drive
from benchwright.cli.doctor_clock import clock_check
from benchwright.cli.doctor_desktop import DEBIAN_PACKAGES, window_check

SETUP = Path(__file__).resolve().parents[2] / "packaging" / "setup_environment.py"
PLAIN = {key: value for key, value in os.environ.items() if not key.startswith(("QT_", "DISPLAY", "WAYLAND"))}
linux = pytest.mark.skipif(sys.platform != "linux", reason="displays are named by variables on Linux only")


def test_the_window_opens_where_qt_starts() -> None:
    found = window_check(PLAIN | {"QT_QPA_PLATFORM": "offscreen"})
    assert found.status is Status.OK
    assert found.message.startswith("opens (offscreen, ")


@linux
def test_no_display_is_told_with_what_to_do() -> None:
    found = window_check(PLAIN)
    assert (found.status, "no display" in found.message, "ssh -X" in found.hint) == (Status.WARN, True, True)


@linux
def test_a_display_that_does_not_answer_is_one_sentence() -> None:
    found = window_check(PLAIN | {"DISPLAY": "127.0.0.1:7917"})
    assert found.status is Status.WARN
    assert "could not connect to display" in found.message


@linux
def test_a_missing_library_is_told_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_desktop, "_START", "raise SystemExit('no Qt')")
    listing = (
        "\tlibxcb-cursor.so.0 => not found\n\tlibEGL.so.1 => not found\n\tlibc.so.6 => /lib/libc.so.6 (0x0)"
    )
    run = subprocess.run

    def run_or_list(command: list[str], **more: Any) -> Any:
        return SimpleNamespace(stdout=listing) if command[0] == "ldd" else run(command, **more)

    monkeypatch.setattr(subprocess, "run", run_or_list)
    found = window_check(PLAIN | {"DISPLAY": ":0"})
    assert found.message == "the system lacks libraries of Qt: libEGL.so.1, libxcb-cursor.so.0"
    assert found.hint == "sudo apt install libegl1 libxcb-cursor0"


def test_the_packages_are_those_that_setup_installs() -> None:
    text = SETUP.read_text("utf-8")
    assert all(f'"{package}"' in text for package in DEBIAN_PACKAGES.values())


def test_a_clock_that_cannot_be_right_is_told() -> None:
    assert "before Benchwright was installed" in clock_check(datetime(1970, 1, 2, tzinfo=UTC)).message
    assert clock_check(is_synchronised=True).status is Status.OK
    unkept = clock_check(is_synchronised=False)
    assert (unkept.status, bool(unkept.hint)) == (Status.WARN, True)


def test_a_network_drive_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _drive(DataFolder.open(tmp_path)).status is Status.OK
    mounted = [
        SimpleNamespace(mountpoint="/", fstype="ext4"),
        SimpleNamespace(mountpoint=os.path.realpath(tmp_path), fstype="nfs4"),
    ]
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: mounted)
    found = _drive(DataFolder.open(tmp_path / "data"))
    assert (found.status, "network drive (nfs4)" in found.message) == (Status.WARN, True)
