"""The file, network and signal fence: a Landlock domain that the process can never leave.

Source: landlock(7), `linux/landlock.h`; rights that the kernel's Landlock ABI does not know are masked out.
"""

import ctypes
import os
import stat
import struct
from collections.abc import Iterable, Mapping

from .fences import Fence, Profile
from .libc import syscall
from .readable_paths import python_paths

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_VERSION_QUERY = 1
_PATH_BENEATH = 1
_NO_AUDIT_LOG = 1  # LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF: a script must not flood the audit log

_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE = 1 << 4, 1 << 5
_MAKE_DIR, _MAKE_REGULAR = 1 << 7, 1 << 8
_REFER, _TRUNCATE = 1 << 13, 1 << 14

READ = _READ_FILE | _READ_DIR
USE_DEVICE = _READ_FILE | _WRITE_FILE
# No symbolic links, sockets, pipes or devices: nothing that the bench could stumble over in the folder.
READ_AND_WRITE = (
    READ | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REGULAR | _REFER | _TRUNCATE
)
_FILE_RIGHTS = 0x1 | _WRITE_FILE | _READ_FILE | _TRUNCATE | 1 << 15

# By the first ABI that has them: file system rights, TCP bind and connect, abstract sockets and signals.
_ALL_FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_TCP_SINCE, _TCP = 4, 0b11
_SCOPES_SINCE, _SCOPES = 6, 0b11
_LOGGING_SINCE = 7


def fence_files(profile: Profile) -> Fence:
    """Leave this thread only the file rights of `profile`; needs no_new_privs and a single thread."""
    abi = supported_abi()
    if abi < 1:
        return Fence("landlock", False, "this kernel has no Landlock, or it is switched off")
    rights: Mapping[str, int] = {} if profile.language == "lua" else _python_rights(profile)
    try:
        _restrict(abi, rights)
    except OSError as error:
        return Fence("landlock", False, f"the kernel refused the rules: {error.strerror}")
    covered = ["files"]
    covered += ["TCP"] if abi >= _TCP_SINCE else []
    covered += ["abstract sockets, signals"] if abi >= _SCOPES_SINCE else []
    return Fence("landlock", True, f"ABI {abi}: {', '.join(covered)}")


def supported_abi() -> int:
    """Return the kernel's Landlock ABI, 0 where there is none."""
    try:
        return syscall(_CREATE_RULESET, None, 0, _VERSION_QUERY)
    except OSError:
        return 0


def _python_rights(profile: Profile) -> dict[str, int]:
    rights = dict.fromkeys(python_paths(), READ)
    rights |= dict.fromkeys(profile.readable_dirs, READ)
    rights |= dict.fromkeys(("/dev/null", "/dev/zero"), USE_DEVICE)
    return rights | {profile.scratch_dir: READ_AND_WRITE}


def _restrict(abi: int, rights: Mapping[str, int]) -> None:
    files = _newest(_ALL_FILE_RIGHTS, abi)
    fields = [files]
    if abi >= _TCP_SINCE:
        fields.append(_TCP)
    if abi >= _SCOPES_SINCE:
        fields.append(_SCOPES)
    attributes = struct.pack(f"<{len(fields)}Q", *fields)
    ruleset = syscall(_CREATE_RULESET, ctypes.create_string_buffer(attributes), len(attributes), 0)
    try:
        _add_rules(ruleset, rights.items(), files)
        syscall(_RESTRICT_SELF, ruleset, _NO_AUDIT_LOG if abi >= _LOGGING_SINCE else 0)
    finally:
        os.close(ruleset)


def _newest(by_abi: Mapping[int, int], abi: int) -> int:
    return by_abi[max(since for since in by_abi if since <= abi)]


def _add_rules(ruleset: int, rights: Iterable[tuple[str, int]], known: int) -> None:
    for path, allowed in rights:
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            continue  # out of reach already: nothing to open up
        try:
            if not stat.S_ISDIR(os.fstat(place).st_mode):
                allowed &= _FILE_RIGHTS
            rule = struct.pack("<Qi", allowed & known, place)
            syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.create_string_buffer(rule), 0)
        finally:
            os.close(place)
