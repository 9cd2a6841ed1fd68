"""Resource limits of a worker: a second fence behind the bench's own clock and memory watch (POSIX)."""

import math
import sys
from pathlib import Path

from .fences import Fence, Profile

if sys.platform != "win32":
    import resource

_MIB = 1 << 20
# Above what is mapped at the start: threads, copies in flight, libraries (numpy maps far more than it uses).
_ADDRESS_SPACE_HEADROOM = {"lua": 32 * _MIB, "python": 560 * _MIB}
_OPEN_FILES = {"lua": 16, "python": 256}
_THREADS_OF_USER = 8192  # counts all of the user's threads, so it can only stop a flood; does not bind root
_SPARE_CPU_S = 5


def limit_resources(profile: Profile) -> Fence:
    """Lower the soft and hard limits of this process to what `profile` allows."""
    refused = []
    for name, wanted in _limits(profile).items():
        kind = getattr(resource, f"RLIMIT_{name}", None)
        if kind is None or wanted is None:
            continue
        try:
            _lower(kind, wanted)
        except (OSError, ValueError):
            refused.append(name)
    if refused:
        return Fence("rlimits", False, f"refused: {', '.join(refused)}")
    return Fence("rlimits", True)


def forbid_new_threads() -> None:
    """Let this user's process start no further thread or process (does not bind root)."""
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def _limits(profile: Profile) -> dict[str, int | None]:
    """Limits by `RLIMIT_` name; `None` is left alone."""
    language, time_s = profile.language, profile.max_execution_time_s
    # A list or table that grows is copied: for a moment both sizes are mapped.
    address_space = _mapped_bytes() + _ADDRESS_SPACE_HEADROOM[language] + 2 * profile.max_memory_mb * _MIB
    return {
        "AS": address_space if sys.platform == "linux" else None,
        # For two busy threads, and for the start: what scripts meet is the clock of the bench.
        "CPU": None if time_s is None else math.ceil(2 * time_s) + _SPARE_CPU_S,
        "FSIZE": 0 if language == "lua" else profile.max_scratch_mb * _MIB,
        "NOFILE": _OPEN_FILES[language],
        "NPROC": _THREADS_OF_USER,
        "CORE": 0,
        "MEMLOCK": 0,
        "MSGQUEUE": 0,
    }


def _lower(kind: int, wanted: int) -> None:
    _, hard = resource.getrlimit(kind)
    value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(kind, (value, value))


def _mapped_bytes() -> int:
    """Return the size of this process's address space, 0 where /proc does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_bytes().split()[0])
    except OSError:
        return 0
    return pages * resource.getpagesize()
