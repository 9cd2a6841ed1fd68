"""How a script names the library scripts that it needs, and how versions compare."""

import re
from typing import Final, NamedTuple

LIBRARY_NAME: Final = re.compile(r"[\w-]+")
VERSION: Final = re.compile(r"[0-9]{1,18}(\.[0-9]{1,18})*")
_DEPENDENCY: Final = re.compile(rf"({LIBRARY_NAME.pattern})(?:\s*>=\s*({VERSION.pattern}))?")


class Dependency(NamedTuple):
    """A library script that another one needs: its bare name, and the lowest version that will do."""

    name: str
    lowest: str = ""


def parse_dependency(text: str) -> Dependency | None:
    """Read ``helpers`` or ``helpers >= 1.2``; None for anything else."""
    match = _DEPENDENCY.fullmatch(text.strip())
    return Dependency(match[1], match[2] or "") if match else None


def version_numbers(version: str) -> tuple[int, ...] | None:
    """Return what orders versions, of which 1.2 and 1.2.0 are the same; None for one without an order."""
    if not VERSION.fullmatch(version):
        return None
    numbers = [int(part) for part in version.split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
