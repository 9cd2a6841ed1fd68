"""What is wrong with a script, at line and column."""

from enum import StrEnum
from typing import Final

import msgspec

SYNTAX: Final = "syntax"  # the code of a finding that keeps a script from being compiled


class Severity(StrEnum):
    """How bad a diagnostic is; only errors make a script invalid."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Diagnostic(msgspec.Struct, frozen=True, kw_only=True):
    """One finding; line and columns are 1-based, columns count characters (a tab is one), end excluded."""

    severity: Severity
    message: str
    line: int
    column: int
    end_column: int
    code: str
    hint: str | None = None
