"""Confinement of worker processes: what stands between a script and the machine, and the record of what held.

Two steps, because the worker has one more thread (the pump) that must start in between: `confine_process`
while the process has a single thread, then `seal` once the pump runs. A sealed Lua worker can open nothing.
"""

import sys
from collections.abc import Sequence
from contextlib import suppress

from .fences import Fence, Fences, Profile

if sys.platform == "linux":
    from . import linux as _system
elif sys.platform == "darwin":
    from . import macos as _system
elif sys.platform == "win32":
    from . import windows as _system
else:
    from . import elsewhere as _system

__all__ = ["Fence", "Fences", "Profile", "confine_process", "guard_bench", "seal"]


def guard_bench() -> None:
    """Keep workers, which are processes of the same user, out of this process where the system can."""
    if sys.platform == "linux":
        from .privileges import hide_memory

        with suppress(OSError):  # a worker's own fences hold without it
            hide_memory()


def confine_process(profile: Profile, keep: Sequence[int], parent_pid: int) -> Fences:
    """Confine this process as far as a single thread must, for good. What is missing is recorded, no error.

    Args:
        profile: What the worker needs.
        keep: Descriptors that stay open besides 0 to 2; all others are closed.
        parent_pid: The process that started this one; if it is no longer the parent, this one leaves at once.
    """
    return _system.confine_process(profile, keep, parent_pid)


def seal(profile: Profile, fences: Fences) -> Fences:
    """Close the rest on all threads, once the pump thread runs; return `fences` with what held added."""
    return _system.seal(profile, fences)
