"""What the bench logs and where to, as the configuration says it."""

from enum import StrEnum

import msgspec


class LogLevel(StrEnum):
    """The least severe records that are kept."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class SystemLog(StrEnum):
    """The system's log that gets a copy of each record."""

    NONE = "none"
    JOURNALD = "journald"
    SYSLOG = "syslog"


class LogSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The bench's log: `files` files (2 or more) of at most `max_bytes` each, the oldest goes first."""

    level: LogLevel = LogLevel.INFO
    system_log: SystemLog = SystemLog.NONE
    max_bytes: int = 2_000_000
    files: int = 4
