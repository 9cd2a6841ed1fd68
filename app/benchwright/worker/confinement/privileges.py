"""Giving up privileges for good, and tying a process's life to its parent's (Linux)."""

import os
import signal
import struct
from contextlib import suppress
from itertools import count

from .fences import Fence
from .libc import capset, prctl

_SET_PARENT_DEATH_SIGNAL = 1
_SET_DUMPABLE = 4
_DROP_BOUNDING = 24
_SET_CHILD_SUBREAPER = 36
_SET_NO_NEW_PRIVS = 38
_AMBIENT, _AMBIENT_CLEAR_ALL = 47, 4
_CAPABILITY_VERSION_3 = 0x2008_0522


def drop_capabilities() -> Fence:
    """Empty every capability set; as root most other fences are weaker with capabilities."""
    note = "root without capabilities" if os.geteuid() == 0 else ""
    try:
        _empty_bounding_set()
        prctl(_AMBIENT, _AMBIENT_CLEAR_ALL)
        capset(struct.pack("<Ii", _CAPABILITY_VERSION_3, 0), bytes(24))
    except OSError as error:
        return Fence("capabilities", False, f"could not be dropped: {error.strerror}")
    return Fence("capabilities", True, note)


def forbid_new_privileges() -> Fence:
    """Make sure that nothing this process executes can gain privileges (set-user-id, file capabilities)."""
    try:
        prctl(_SET_NO_NEW_PRIVS, 1)
    except OSError as error:
        return Fence("no_new_privs", False, error.strerror or "refused")
    return Fence("no_new_privs", True)


def die_with_parent(parent_pid: int) -> Fence:
    """Have the kernel kill this process when the thread that started it ends; leave at once if it has.

    It is that thread, not the parent process, that counts: start workers from one that lives as long.
    """
    try:
        prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    except OSError as error:
        return Fence("parent_death", False, error.strerror or "refused")
    if os.getppid() != parent_pid:
        os._exit(1)  # the parent died before the kernel knew of our wish
    return Fence("parent_death", True)


def hide_memory() -> None:
    """Keep other processes of this user from tracing this one or reading its memory; no core dump either.

    For the bench and the zygote: a worker that lost every other fence must still not reach into them.

    Raises:
        OSError: The kernel refused.
    """
    prctl(_SET_DUMPABLE, 0)


def show_files() -> None:
    """Undo `hide_memory` in a worker: the bench looks for files that it deletes and keeps open.

    Only for one that Landlock holds, which keeps other workers out of it.
    """
    with suppress(OSError):  # then they are not counted
        prctl(_SET_DUMPABLE, 1)


def adopt_orphans() -> None:
    """Become the parent of every orphan below this process, so that none can slip away.

    Raises:
        OSError: The kernel refused.
    """
    prctl(_SET_CHILD_SUBREAPER, 1)


def _empty_bounding_set() -> None:
    """Drop all bounding capabilities; a process that may not has none to lose."""
    for capability in count():
        try:
            prctl(_DROP_BOUNDING, capability)
        except OSError:
            return  # not permitted, or past the last one
