"""The system call fence: installs the language's seccomp filter on every thread of the process."""

import ctypes
import os
import struct

from .bpf import INSTRUCTION_SIZE
from .fences import Fence, Profile
from .libc import architecture, syscall
from .syscall_rules import filter_program

_SET_MODE_FILTER = 1
_FLAG_ALL_THREADS = 1  # SECCOMP_FILTER_FLAG_TSYNC


def seal_system_calls(profile: Profile) -> Fence:
    """Install the filter of `profile` on all threads, for good; needs no_new_privs."""
    machine = architecture()
    if machine is None:
        return Fence("seccomp", False, f"no system call table for {os.uname().machine}")
    program = filter_program(profile.language, machine, os.getpid())
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HxxxxxxQ", len(program) // INSTRUCTION_SIZE, ctypes.addressof(code))
    try:
        unsynchronised = syscall(
            machine.numbers["seccomp"],
            _SET_MODE_FILTER,
            _FLAG_ALL_THREADS,
            ctypes.create_string_buffer(header),
        )
    except OSError as error:
        return Fence("seccomp", False, f"the kernel refused the filter: {error.strerror}")
    if unsynchronised:
        return Fence("seccomp", False, f"thread {unsynchronised} could not be brought under the filter")
    kind = "allow list" if profile.language == "lua" else "deny list"
    return Fence("seccomp", True, kind)
