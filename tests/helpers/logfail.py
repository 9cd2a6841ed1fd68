"""Makes a test fail on any log record at WARNING or above that it did not announce."""

import logging
import re


class LogWatch(logging.Handler):
    """Collects the warnings and errors of one test and knows which of them were announced."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._records: list[str] = []
        self._expected: list[re.Pattern[str]] = []
        self._allowed: list[re.Pattern[str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the record's text; only judged when the test is over."""
        self._records.append(f"{record.levelname} {record.name}: {record.getMessage()}")

    def expect(self, pattern: str) -> None:
        """Announce warnings that match a regular expression; at least one has to come."""
        self._expected.append(re.compile(pattern))

    def allow(self, pattern: str = "") -> None:
        """Announce warnings that may or may not come (all, without a pattern)."""
        self._allowed.append(re.compile(pattern))

    def complaints(self) -> list[str]:
        """Return one line for each unannounced record and each announced one that never came."""
        known = [*self._expected, *self._allowed]
        unexpected = [
            f"unexpected log: {text}"
            for text in self._records
            if not any(pattern.search(text) for pattern in known)
        ]
        missing = [
            f"no log matched {pattern.pattern!r}"
            for pattern in self._expected
            if not any(pattern.search(text) for text in self._records)
        ]
        return unexpected + missing
