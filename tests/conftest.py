"""What holds for every test: a home of its own, no leaks, no unexpected warnings in the log."""

import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.helpers.leaks import LeakCheck
from tests.helpers.logfail import LogWatch

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell that starts us in the background lets us ignore it, and our children would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The tests start a thousand programs of ours; compiling them each time takes a fifth of the whole.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # without a display Qt ends the whole process

# No deadline per example (the machine may be busy), and the same examples each time but for `make fuzz`.
settings.register_profile("default", deadline=None, derandomize=True, database=None)
settings.register_profile("fuzz", deadline=None, max_examples=20_000, print_blob=True)
settings.load_profile("default")

HOME_VARIABLES = {
    "HOME": "",
    "USERPROFILE": "",
    "APPDATA": "roaming",
    "LOCALAPPDATA": "local",
    "XDG_CACHE_HOME": "cache",
    "XDG_CONFIG_HOME": "config",
    "XDG_DATA_HOME": "data",
    "XDG_STATE_HOME": "state",
}


def pytest_xdist_auto_num_workers() -> int:
    """Return how many processes `-n auto` means: some tests wait for instruments while others compute."""
    return (os.cpu_count() or 1) * 3 // 2


@pytest.fixture(autouse=True)
def private_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point the platform's data and configuration folders, also for child processes, at an empty folder."""
    home = tmp_path_factory.mktemp("home")
    for variable, folder in HOME_VARIABLES.items():
        monkeypatch.setenv(variable, str(home / folder))
    # Not a folder in `home`: sockets live there, and their paths have to be short.
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    return home


@pytest.fixture(autouse=True)
def _no_leaks(tmp_path_factory: pytest.TempPathFactory, private_home: Path) -> Iterator[None]:
    check = LeakCheck(tmp_path_factory.getbasetemp())
    yield
    if leaks := check.leaks():
        pytest.fail("the test left something behind:\n" + "\n".join(leaks), pytrace=False)


@pytest.fixture(autouse=True)
def _log_watch() -> Iterator[LogWatch]:
    watch = LogWatch()
    logging.getLogger().addHandler(watch)
    try:
        yield watch
    finally:
        logging.getLogger().removeHandler(watch)
    if complaints := watch.complaints():
        pytest.fail("\n".join(complaints), pytrace=False)


@pytest.fixture
def expect_log(_log_watch: LogWatch) -> Callable[[str], None]:
    """Announce, by a regular expression, a warning that has to be logged: `expect_log("lost the link")`."""
    return _log_watch.expect


@pytest.fixture
def allow_logs(_log_watch: LogWatch) -> Callable[[str], None]:
    """Announce warnings that may be logged; `allow_logs("")` stands for all of them."""
    return _log_watch.allow
