"""Closing every descriptor that a worker was not meant to inherit (POSIX)."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from .fences import Fence

_LAST = 2**31 - 1
_CLOSE_RANGE = 436  # the same on every Linux architecture


def close_all_but(keep: Iterable[int]) -> Fence:
    """Close all descriptors of this process except 0 to 2 and `keep`."""
    kept = sorted({0, 1, 2, *keep})
    for low, high in zip(kept, [*kept[1:], _LAST + 1], strict=True):
        _close_between(low + 1, high - 1)
    return Fence("descriptors", True)


def _close_between(first: int, last: int) -> None:
    if first > last:
        return
    if sys.platform == "linux":
        from .libc import syscall

        try:
            syscall(_CLOSE_RANGE, first, last, 0)
        except OSError:
            pass  # older than Linux 5.9: one by one, below
        else:
            return
    for descriptor in _open_descriptors():
        if first <= descriptor <= last:
            try:
                os.close(descriptor)
            except OSError:
                continue  # the listing's own descriptor, gone already


def _open_descriptors() -> list[int]:
    folder = "/proc/self/fd" if sys.platform == "linux" else "/dev/fd"
    return [int(path.name) for path in Path(folder).iterdir()]
