import logging
import re
import socket
import sys
from pathlib import Path

import pytest

from benchwright.bench import logs
from benchwright.bench.logs import start_logging
from benchwright.core.errors import ConfigurationError, StorageError
from benchwright.core.log_settings import LogLevel, LogSettings, SystemLog
from tests.bench.storage.helpers import names_in

log = logging.getLogger("benchwright.bench.test")


def test_a_record_is_a_line_with_utc_time(tmp_path: Path) -> None:
    stop = start_logging(tmp_path / "bench.log", LogSettings())
    log.info("run %s started: µ", "abc")
    log.debug("not of interest")
    logging.getLogger("somebody.else").info("not ours")
    stop()
    log.info("too late")
    line = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00 INFO    benchwright\.bench\.test \[MainThread\] "
    content = (tmp_path / "bench.log").read_text(encoding="utf-8")
    assert re.fullmatch(line + r"run abc started: µ\n", content)


def test_the_level_is_that_of_the_settings_and_goes_back(tmp_path: Path) -> None:
    logger = logging.getLogger("benchwright")
    before = logger.level, list(logger.handlers)
    stop = start_logging(tmp_path / "bench.log", LogSettings(level=LogLevel.DEBUG))
    log.debug("detail")
    stop()
    assert "DEBUG" in (tmp_path / "bench.log").read_text()
    assert (logger.level, logger.handlers) == before


def test_the_log_is_bounded(tmp_path: Path) -> None:
    stop = start_logging(tmp_path / "bench.log", LogSettings(max_bytes=5000, files=3))
    for number in range(500):
        log.info("line %d of many, and then some more text", number)
    stop()
    assert names_in(tmp_path) == ["bench.log", "bench.log.1", "bench.log.2"]
    assert all(path.stat().st_size <= 5000 for path in tmp_path.iterdir())
    assert "line 499" in (tmp_path / "bench.log").read_text()


def test_a_log_of_a_single_file_would_not_be_bounded_so_there_are_two(tmp_path: Path) -> None:
    stop = start_logging(tmp_path / "bench.log", LogSettings(max_bytes=5000, files=1))
    for number in range(500):
        log.info("line %d of many, and then some more text", number)
    stop()
    assert names_in(tmp_path) == ["bench.log", "bench.log.1"]
    assert all(path.stat().st_size <= 5000 for path in tmp_path.iterdir())
    assert "line 499" in (tmp_path / "bench.log").read_text()


def test_a_log_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"cannot write .*bench\.log: No such file or directory"):
        start_logging(tmp_path / "none" / "bench.log", LogSettings())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_no_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bench.log").symlink_to("/dev/full")
    stop = start_logging(tmp_path / "bench.log", LogSettings())
    log.info("nobody will read this")
    stop()
    assert capsys.readouterr() == ("", "")


# --- the system's logs ---


def listen(path: Path) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listening.bind(str(path))
    listening.settimeout(5)
    return listening


@pytest.mark.skipif(sys.platform == "win32", reason="UNIX sockets")
def test_journald_gets_a_copy_with_its_fields(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "JOURNAL_SOCKET", str(tmp_path / "journal"))
    with listen(tmp_path / "journal") as journal:
        stop = start_logging(tmp_path / "bench.log", LogSettings(system_log=SystemLog.JOURNALD))
        log.info("two\nlines = %s", "µ")
        log.info("x" * 100_000)
        first, second = journal.recv(1 << 20), journal.recv(1 << 20)
        stop()
    text = "benchwright.bench.test: two\nlines = µ".encode()
    assert first.startswith(b"MESSAGE\n" + len(text).to_bytes(8, "little") + text + b"\nPRIORITY\n")
    assert first.endswith(b"LOGGER\n" + (22).to_bytes(8, "little") + b"benchwright.bench.test\n")
    assert 30_000 < len(second) < 33_000
    assert "two" in (tmp_path / "bench.log").read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="UNIX sockets")
def test_syslog_gets_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "SYSLOG_SOCKET", str(tmp_path / "log"))
    with listen(tmp_path / "log") as syslog:
        stop = start_logging(tmp_path / "bench.log", LogSettings(system_log=SystemLog.SYSLOG))
        log.info("started")
        assert syslog.recv(4096).rstrip(b"\0") == b"<14>benchwright: benchwright.bench.test: started"
        stop()


@pytest.mark.skipif(sys.platform == "win32", reason="UNIX sockets")
@pytest.mark.parametrize("kind", [SystemLog.JOURNALD, SystemLog.SYSLOG])
def test_a_system_log_that_goes_away_takes_nothing_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: SystemLog
) -> None:
    for name in ("JOURNAL_SOCKET", "SYSLOG_SOCKET"):
        monkeypatch.setattr(logs, name, str(tmp_path / "socket"))
    with listen(tmp_path / "socket"):
        stop = start_logging(tmp_path / "bench.log", LogSettings(system_log=kind))
    (tmp_path / "socket").unlink()
    log.info("still there")
    stop()
    assert "still there" in (tmp_path / "bench.log").read_text()
    assert capsys.readouterr() == ("", "")


@pytest.mark.skipif(sys.platform == "win32", reason="UNIX sockets")
@pytest.mark.parametrize("kind", [SystemLog.JOURNALD, SystemLog.SYSLOG])
def test_a_system_log_that_there_is_not_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: SystemLog
) -> None:
    for name in ("JOURNAL_SOCKET", "SYSLOG_SOCKET"):
        monkeypatch.setattr(logs, name, str(tmp_path / "none"))
    with pytest.raises(ConfigurationError, match=f"this system has no {kind}: there is no .*none"):
        start_logging(tmp_path / "bench.log", LogSettings(system_log=kind))


@pytest.mark.skipif(sys.platform == "win32", reason="UNIX sockets")
def test_a_journal_that_nobody_reads_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "JOURNAL_SOCKET", str(tmp_path / "socket"))
    listen(tmp_path / "socket").close()
    with pytest.raises(ConfigurationError, match="cannot write to .*socket: Connection refused"):
        start_logging(tmp_path / "bench.log", LogSettings(system_log=SystemLog.JOURNALD))
