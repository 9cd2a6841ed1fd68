"""Which system calls a sealed worker may make: a short allow list for Lua, a deny list for Python."""

import errno
from collections.abc import Mapping
from typing import Literal

from .bpf import ALLOW, always, assemble, if_argument_has_bit, if_argument_in, if_argument_is_null, refuse
from .syscall_numbers import Architecture

_REFUSED = refuse(errno.EPERM)
_NOT_THERE = refuse(errno.ENOSYS)

# All that a running interpreter, its pump thread and the channel need once everything is imported.
_LUA_ALLOWED = """
read write close fstat lseek sendto recvfrom sendmsg recvmsg poll ppoll
mmap mprotect munmap mremap brk madvise
rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait
nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday time restart_syscall
futex set_robust_list gettid getpid getppid getrusage sched_yield getrandom rseq membarrier exit exit_group
"""

_PYTHON_REFUSED = """
socket socketpair connect bind listen accept accept4
fork vfork execve execveat
ptrace process_vm_readv process_vm_writev process_madvise process_mrelease kcmp
kill tkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_open pidfd_send_signal pidfd_getfd
setsid setpgid setrlimit
setpriority ioprio_set sched_setscheduler sched_setparam sched_setattr sched_setaffinity
migrate_pages move_pages io_uring_setup io_uring_enter io_uring_register
bpf perf_event_open userfaultfd keyctl add_key request_key seccomp
mount umount2 move_mount open_tree fsopen fsconfig fsmount fspick mount_setattr
unshare setns chroot pivot_root
init_module finit_module delete_module reboot kexec_load kexec_file_load
swapon swapoff acct quotactl quotactl_fd
settimeofday clock_settime clock_adjtime adjtimex sethostname setdomainname syslog vhangup
iopl ioperm modify_ldt personality
chmod fchmod fchmodat chown lchown fchown fchownat utime utimes utimensat futimesat
setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr
open_by_handle_at name_to_handle_at mknod mknodat symlink symlinkat fanotify_init
memfd_create memfd_secret mq_open mq_unlink
shmget shmat shmctl shmdt msgget msgsnd msgrcv msgctl semget semop semtimedop semctl
inotify_init inotify_init1 inotify_add_watch sync syncfs
"""

# Extended attributes can be read of any file that can be named; libraries live with a system that has none.
_PYTHON_UNSUPPORTED = "getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr"

# Newer calls are answered as an older kernel would: C libraries fall back, and no unknown door opens.
_NEWEST_KNOWN = 450  # set_mempolicy_home_node, Linux 5.17; from 424 on all architectures share their numbers

_CLONE_THREAD = 0x0001_0000
_PRCTL_HARMLESS = (15, 16, 23, 0x5356_4D41)  # PR_SET_NAME, PR_GET_NAME, PR_CAPBSET_READ, PR_SET_VMA
# The owner of a descriptor gets a chosen signal, SIGKILL too, when data arrives: kill(2) in disguise.
# A lease on a file holds up whoever wants to write it.
_FCNTL_REFUSED = (8, 10, 15, 1024, 1026)  # F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY
_PEER_PIDFD = 77  # SO_PEERPIDFD: a hold on the bench by way of the channel
_IOCTL_SIGNALS = (0x8901, 0x8902)  # FIOSETOWN, SIOCSPGRP
_IOCTL_TYPES_FOR_THE_USER = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX


def filter_program(language: Literal["lua", "python"], architecture: Architecture, pid: int) -> bytes:
    """Return the seccomp filter for a worker process `pid` of `language`."""
    if language == "lua":
        return assemble(architecture, _lua_rules(pid), otherwise=_REFUSED)
    return assemble(architecture, _python_rules(pid), otherwise=ALLOW, newest=(_NEWEST_KNOWN, _NOT_THERE))


def _own_threads_only(pid: int) -> bytes:
    return if_argument_in(0, (pid,), then=ALLOW, otherwise=_REFUSED)


def _lua_rules(pid: int) -> Mapping[str, bytes]:
    return dict.fromkeys(_LUA_ALLOWED.split(), always(ALLOW)) | {"tgkill": _own_threads_only(pid)}


def _python_rules(pid: int) -> Mapping[str, bytes]:
    refused = dict.fromkeys(_PYTHON_REFUSED.split(), always(_REFUSED))
    unsupported = dict.fromkeys(_PYTHON_UNSUPPORTED.split(), always(refuse(errno.ENOTSUP)))
    return (refused | unsupported) | {
        "clone": if_argument_has_bit(0, _CLONE_THREAD, then=ALLOW, otherwise=_REFUSED),
        "clone3": always(
            _NOT_THERE
        ),  # its flags lie in memory, out of a filter's sight; C libraries fall back to clone
        # It locks any file that can be read, such as the library's own; HDF5 does without it.
        "flock": always(_NOT_THERE),
        "tgkill": _own_threads_only(pid),
        "prlimit64": if_argument_is_null(2, then=ALLOW, otherwise=_REFUSED),
        "prctl": if_argument_in(0, _PRCTL_HARMLESS, then=ALLOW, otherwise=_REFUSED),
        "getsockopt": if_argument_in(2, (_PEER_PIDFD,), then=_REFUSED, otherwise=ALLOW),
        "fcntl": if_argument_in(1, _FCNTL_REFUSED, then=_REFUSED, otherwise=ALLOW),
        "ioctl": if_argument_in(
            1, _IOCTL_SIGNALS + _IOCTL_TYPES_FOR_THE_USER, then=_REFUSED, otherwise=ALLOW
        ),
    }
