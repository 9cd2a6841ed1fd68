"""Sends the bench's log records to a bounded file and, by setting, to the system's log."""

import logging
import logging.handlers
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchwright.core.errors import ConfigurationError, StorageError
from benchwright.core.log_settings import LogSettings, SystemLog

LOGGER_NAME: Final = "benchwright"
JOURNAL_SOCKET: Final = "/run/systemd/journal/socket"
SYSLOG_SOCKET: Final = "/var/run/syslog" if sys.platform == "darwin" else "/dev/log"
_JOURNAL_BYTES: Final = 32_000  # of one message: it goes as one datagram


def start_logging(log_file: Path, settings: LogSettings) -> Callable[[], None]:
    """Keep the records of all our loggers from now on; return what ends that.

    Raises:
        ConfigurationError: this system has no such log as the settings ask for.
        StorageError: the file cannot be written.
    """
    logger = logging.getLogger(LOGGER_NAME)
    old_level = logger.level
    handlers = [_file_handler(log_file, settings)]
    if settings.system_log is not SystemLog.NONE:
        try:
            handlers.append(_system_handler(settings.system_log))
        except ConfigurationError:
            handlers[0].close()
            raise
    logger.setLevel(settings.level.upper())
    for handler in handlers:
        logger.addHandler(handler)

    def stop() -> None:
        logger.setLevel(old_level)
        for handler in handlers:
            logger.removeHandler(handler)
            handler.close()

    return stop


class _UtcFormatter(logging.Formatter):
    """One line per record: UTC time, level, logger, thread, text."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s [%(threadName)s] %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


class _Quiet(logging.Handler):
    """Loses in silence what cannot be written: a full disk is told where it matters, not per record."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        pass


class _BoundedFile(_Quiet, logging.handlers.RotatingFileHandler):
    """A log file that is put aside when it is full."""

    def close(self) -> None:
        with suppress(OSError):
            super().close()


class _Syslog(_Quiet, logging.handlers.SysLogHandler):
    """The system's log by its classic protocol."""

    ident = f"{LOGGER_NAME}: "


class _Journal(_Quiet):
    """Hands records to journald by its own protocol (systemd.io, "Native Journal Protocol")."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            self._socket.connect(path)
        except OSError:
            self._socket.close()
            raise

    def emit(self, record: logging.LogRecord) -> None:
        fields = {
            "MESSAGE": self.format(record),
            "PRIORITY": _priority(record.levelno),
            "SYSLOG_IDENTIFIER": LOGGER_NAME,
            "LOGGER": record.name,
        }
        with suppress(OSError):  # the file has it
            self._socket.send(b"".join(_journal_field(*field) for field in fields.items()))

    def close(self) -> None:
        self._socket.close()
        super().close()


def _journal_field(name: str, text: str) -> bytes:
    data = text.encode(errors="replace")[:_JOURNAL_BYTES]
    return b"%s\n%s%s\n" % (name.encode(), len(data).to_bytes(8, "little"), data)


def _priority(level: int) -> str:
    steps = ((logging.CRITICAL, "2"), (logging.ERROR, "3"), (logging.WARNING, "4"), (logging.INFO, "6"))
    return next((priority for least, priority in steps if level >= least), "7")


def _file_handler(path: Path, settings: LogSettings) -> logging.Handler:
    try:
        handler = _BoundedFile(
            path,
            maxBytes=settings.max_bytes,
            backupCount=max(1, settings.files - 1),
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror}") from error
    handler.setFormatter(_UtcFormatter())
    return handler


def _system_handler(kind: SystemLog) -> logging.Handler:
    path = JOURNAL_SOCKET if kind is SystemLog.JOURNALD else SYSLOG_SOCKET
    if not Path(path).exists():
        raise ConfigurationError(f"this system has no {kind}: there is no {path}", key="log.system_log")
    try:
        handler = _Journal(path) if kind is SystemLog.JOURNALD else _Syslog(path)
    except OSError as error:
        raise ConfigurationError(f"cannot write to {path}: {error.strerror}", key="log.system_log") from error
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    return handler
