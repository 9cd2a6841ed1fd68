"""What `benchwright doctor` finds: one value per check."""

from enum import StrEnum
from typing import NamedTuple


class Status(StrEnum):
    """How a check went; only a failure keeps Benchwright from its work."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Check(NamedTuple):
    """One thing that was looked at: how it is, and what to type where it should be otherwise."""

    name: str
    status: Status
    message: str
    hint: str = ""
