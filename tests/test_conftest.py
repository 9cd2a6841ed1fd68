"""The suite's own guards: each has to catch what it is there for."""

import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import platformdirs

from tests.helpers.leaks import LeakCheck
from tests.helpers.logfail import LogWatch

ROOT = Path(__file__).resolve().parents[1]
WAIT_FOR_INPUT = [sys.executable, "-c", "input()"]
ORPHAN_MAKER = (
    "import subprocess, sys\n"
    f"subprocess.Popen({WAIT_FOR_INPUT!r}, stdin=0, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)"
)
FAULTY_SUITE = """
import logging, subprocess, sys, warnings
def test_child(request):
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    request.config.add_cleanup(lambda: (child.communicate(), None)[1])
def test_warning():
    warnings.warn("old")
def test_unexpected_log():
    logging.getLogger("benchwright.bench").warning("disk nearly full")
def test_missing_log(expect_log):
    expect_log("disk nearly full")
def test_announced_log(expect_log, allow_logs):
    expect_log("disk nearly full")
    allow_logs("link")
    logging.getLogger("benchwright.bench").warning("disk nearly full")
    logging.getLogger("benchwright.bench").error("link lost")
"""


def test_a_faulty_test_fails(tmp_path: Path) -> None:
    suite = tmp_path / "test_faulty.py"
    suite.write_text(FAULTY_SUITE)
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", "-q"]
    command += ["-c", str(ROOT / "pyproject.toml"), f"--basetemp={tmp_path / 'base'}", str(suite)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert "UserWarning: old" in done.stdout
    assert "unexpected log: WARNING benchwright.bench: disk nearly full" in done.stdout
    assert "no log matched 'disk nearly full'" in done.stdout
    assert "input()) is left" in done.stdout
    assert "1 failed, 4 passed, 3 errors" in done.stdout


def test_a_forgotten_thread_is_found(tmp_path: Path) -> None:
    check = LeakCheck(tmp_path)
    gate = threading.Event()
    thread = threading.Thread(target=gate.wait, name="forgotten")
    thread.start()
    assert check.leaks(grace_s=0) == ["thread 'forgotten' still runs"]
    gate.set()
    thread.join()
    assert check.leaks(grace_s=0) == []


def test_a_forgotten_child_is_found(tmp_path: Path) -> None:
    check = LeakCheck(tmp_path)
    with subprocess.Popen(WAIT_FOR_INPUT, stdin=subprocess.PIPE) as child:
        assert [str(child.pid) in leak for leak in check.leaks(grace_s=0)] == [True]
        child.communicate(b"\n")
    assert check.leaks(grace_s=0) == []


def test_a_forgotten_orphan_is_found_by_its_folder(tmp_path: Path) -> None:
    check = LeakCheck(tmp_path)
    reader, writer = os.pipe()
    subprocess.run([sys.executable, "-c", ORPHAN_MAKER], stdin=reader, cwd=tmp_path, check=True)
    os.close(reader)
    deadline_s = time.monotonic() + 5.0
    while "input()" not in "".join(leaks := check.leaks(grace_s=0)) and time.monotonic() < deadline_s:
        pass  # it has no command line yet: the system still loads its program
    os.close(writer)
    assert len(leaks) == 1
    assert "input()" in leaks[0]
    assert check.leaks() == []


def test_what_ran_before_is_no_leak(tmp_path: Path) -> None:
    with subprocess.Popen(WAIT_FOR_INPUT, stdin=subprocess.PIPE) as child:
        assert LeakCheck(tmp_path).leaks(grace_s=0) == []
        child.communicate(b"\n")


def test_information_is_never_a_complaint() -> None:
    watch = LogWatch()
    logger = logging.Logger("quiet")  # noqa: LOG001 - a registered one would reach this test's own watch
    logger.addHandler(watch)
    logger.info("a run started")
    assert watch.complaints() == []
    logger.error("a run crashed")
    assert watch.complaints() == ["unexpected log: ERROR quiet: a run crashed"]


def test_the_home_is_private(private_home: Path) -> None:
    assert Path("~").expanduser() == private_home
    assert "XDG_RUNTIME_DIR" not in os.environ
    if sys.platform == "linux":
        assert private_home in platformdirs.user_data_path("benchwright").parents
