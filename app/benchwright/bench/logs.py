"""Sends the bench's log records to a bounded file and, by setting, to the system's log."""

import logging
import logging.handlers
import socket
import sys
from collections.abc import Callable
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
    try:
        if settings.system_log is not SystemLog.NONE:
            handlers.append(_system_handler(settings.system_log))
    except OSError as error:
        handlers[0].close()
        name, reason = settings.system_log.value, error.strerror
        raise ConfigurationError(f"cannot write to {name}: {reason}", key="log.system_log") from error
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


class _BoundedFile(logging.handlers.RotatingFileHandler):
    """A log file that is replaced when it is full; what cannot be written is lost in silence."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        pass  # a full disk is told where it matters, not as a traceback per record


class _Journal(logging.Handler):
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
        try:
            self._socket.send(b"".join(_journal_field(*field) for field in fields.items()))
        except OSError:
            pass  # the file has it

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
            backupCount=settings.files - 1,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror}") from error
    handler.setFormatter(_UtcFormatter())
    return handler


def _system_handler(kind: SystemLog) -> logging.Handler:
    handler: logging.Handler
    if kind is SystemLog.JOURNALD:
        handler = _Journal(JOURNAL_SOCKET)
    else:
        handler = logging.handlers.SysLogHandler(SYSLOG_SOCKET)
        handler.ident = f"{LOGGER_NAME}: "
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    return handler
