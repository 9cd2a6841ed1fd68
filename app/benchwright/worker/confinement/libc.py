"""The C library calls that confinement needs and Python does not offer (Linux)."""

import ctypes
import os
import sys
from functools import cache

from .syscall_numbers import Architecture, numbers_for

if sys.platform == "linux":  # bound once: a forked worker finds them ready
    _library = ctypes.CDLL(None, use_errno=True)
    _syscall, _prctl, _capset = _library.syscall, _library.prctl, _library.capset
    _syscall.restype = ctypes.c_long


@cache
def architecture() -> Architecture | None:
    """Return the system call table of this process, `None` for a machine that has none here."""
    is_64_bit = sys.maxsize > 2**32
    return numbers_for(os.uname().machine) if is_64_bit else None


def syscall(number: int, *arguments: int | ctypes.Array[ctypes.c_char] | None) -> int:
    """Make system call `number`; integers go as 64 bits, buffers by address, `None` as a null pointer.

    Raises:
        OSError: The kernel refused.
    """
    passed = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return _checked(_syscall(ctypes.c_long(number), *passed))


def prctl(option: int, *arguments: int) -> int:
    """Control one property of this process (`man 2 prctl`).

    Raises:
        OSError: The kernel refused.
    """
    passed = [ctypes.c_ulong(a) for a in (*arguments, 0, 0, 0, 0)[:4]]
    return _checked(_prctl(ctypes.c_int(option), *passed))


def capset(header: bytes, data: bytes) -> None:
    """Set this thread's capabilities from the kernel's two structures (`man 2 capset`).

    Raises:
        OSError: The kernel refused.
    """
    _checked(_capset(header, data))


def _checked(result: int) -> int:
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
