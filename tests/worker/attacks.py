"""What a hostile worker tries: each attack returns what it got, or raises the OSError that stopped it.

They run inside a confined process, under the Lua profile too: an attacker who has broken out of the
interpreter is no weaker than plain Python with ctypes.
"""

import ctypes
import errno
import os
import subprocess
from collections.abc import Callable
from typing import Any

from benchwright.worker.confinement.libc import architecture, syscall

Target = dict[str, Any]  # what there is to attack: see targets.py
Attack = Callable[[Target], object]

# What Landlock has to stop alone, what only seccomp can stop, what limits and dropped privileges stop.
ON_FILES: dict[str, Attack] = {}
ON_THE_SYSTEM: dict[str, Attack] = {}
ON_LIMITS: dict[str, Attack] = {}
FENCE_ERRORS = {errno.EPERM, errno.EACCES, errno.ENOSYS, errno.EXDEV, errno.ENOTSUP}


def on_files(attack: Attack) -> Attack:
    ON_FILES[attack.__name__] = attack
    return attack


def on_the_system(attack: Attack) -> Attack:
    ON_THE_SYSTEM[attack.__name__] = attack
    return attack


def on_limits(attack: Attack) -> Attack:
    ON_LIMITS[attack.__name__] = attack
    return attack


def call(name: str, *arguments: int | bytes | None) -> int:
    """Make a system call by its number, as code that is not the C library would."""
    machine = architecture()
    assert machine is not None
    passed = (ctypes.create_string_buffer(a) if isinstance(a, bytes) else a for a in arguments)
    return syscall(machine.numbers[name], *passed)


def outcome(attack: Attack, target: Target) -> str:
    """Return `"stopped: EPERM"` and the like when a fence stopped the attack, else what became of it."""
    try:
        got = attack(target)
    except OSError as error:
        word = "stopped" if error.errno in FENCE_ERRORS else "failed"
        return f"{word}: {errno.errorcode.get(error.errno or 0, error.errno)}"
    except subprocess.SubprocessError as error:
        return f"failed: {error}"
    return f"got: {got!r}"


def open_descriptors() -> list[int]:
    """Return the descriptors that are open, found by trying them."""
    return [descriptor for descriptor in range(1024) if _is_open(descriptor)]


def _is_open(descriptor: int) -> bool:
    try:
        os.lseek(descriptor, 0, os.SEEK_CUR)
    except OSError as error:
        return error.errno != errno.EBADF
    return True
