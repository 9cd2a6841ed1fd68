"""Attacks on everything else that the kernel offers, on limits and on dropped privileges."""

import fcntl
import os
import resource
import signal
import socket
import struct
import subprocess
from pathlib import Path

from benchwright.worker.confinement.libc import capset, prctl
from tests.worker.attacks import ON_THE_SYSTEM, Target, call, on_limits, on_the_system


@on_the_system
def send_by_udp(target: Target) -> object:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        return client.sendto(b"data", ("127.0.0.1", target["udp"]))


@on_the_system
def connect_to_a_unix_socket(target: Target) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(target["unix"])


@on_the_system
def send_past_a_socket_pair(target: Target) -> object:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        return ours.sendto(b"data", target["unix_datagram"])


@on_the_system
def open_a_netlink_socket(target: Target) -> None:
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close()


@on_the_system
def fork(target: Target) -> object:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    return os.waitpid(pid, 0)


@on_the_system
def fork_by_clone(target: Target) -> object:
    pid = call("clone", signal.SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    return os.waitpid(pid, 0)


@on_the_system
def fork_by_clone3(target: Target) -> object:
    arguments = bytes(32) + signal.SIGCHLD.to_bytes(8, "little") + bytes(24)
    pid = call("clone3", arguments, 64)
    if pid == 0:
        os._exit(0)
    return os.waitpid(pid, 0)


@on_the_system
def start_a_program(target: Target) -> object:
    return subprocess.run(["/bin/true"], check=True)


@on_the_system
def spawn_a_program(target: Target) -> object:
    return os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)


@on_the_system
def become_a_program(target: Target) -> object:
    return call("execve", b"/nowhere", None, None)


@on_the_system
def become_a_program_by_another_call(target: Target) -> object:
    return call("execveat", -100, b"/nowhere", None, None, 0)


@on_the_system
def hold_the_bench(target: Target) -> None:
    os.close(os.pidfd_open(target["bench"]))


@on_the_system
def signal_a_thread_of_the_bench(target: Target) -> object:
    return call("tgkill", target["bench"], target["bench"], 0)


@on_the_system
def signal_by_queue(target: Target) -> object:
    return call("rt_sigqueueinfo", target["bench"], 0, struct.pack("@iii", 0, 0, -1) + bytes(116))


@on_the_system
def have_the_kernel_signal_the_bench(target: Target) -> object:
    """Make the bench the owner of the channel: it would get the chosen signal with the next byte."""
    fcntl.fcntl(target["channel"], fcntl.F_SETSIG, 0)
    return fcntl.fcntl(target["channel"], fcntl.F_SETOWN, target["bench"])


@on_the_system
def have_the_kernel_signal_the_bench_by_ioctl(target: Target) -> object:
    return fcntl.ioctl(target["channel"], 0x8901, target["bench"].to_bytes(4, "little"))


@on_the_system
def survive_the_parent(target: Target) -> object:
    return prctl(1, 0)


@on_the_system
def invite_a_debugger(target: Target) -> object:
    return prctl(4, 1)  # PR_SET_DUMPABLE


@on_the_system
def slow_the_bench_down(target: Target) -> None:
    os.setpriority(os.PRIO_PROCESS, target["bystander"], 5)


@on_the_system
def run_code_from_memory(target: Target) -> None:
    os.close(os.memfd_create("code"))


@on_the_system
def change_modes(target: Target) -> None:
    Path(target["outside"]).chmod(0o777)


@on_the_system
def change_times(target: Target) -> None:
    os.utime(target["outside"], (1, 1))


@on_the_system
def share_memory(target: Target) -> object:
    return call("shmctl", call("shmget", 0, 4096, 0o1600), 0, None)


@on_the_system
def open_a_message_queue(target: Target) -> object:
    return call("mq_open", b"benchwright-test", os.O_RDWR, 0, None)  # there is none: ENOENT without a fence


@on_the_system
def change_personality(target: Target) -> object:
    return call("personality", 0xFFFF_FFFF)


def _raw(name: str, *arguments: int | bytes | None) -> None:
    ON_THE_SYSTEM[f"call_{name}"] = lambda target: call(name, *arguments)


@on_the_system
def watch_a_folder(target: Target) -> None:
    """See the names of the files that others make."""
    watch = call("inotify_init1", 0)
    try:
        call("inotify_add_watch", watch, target["outside"].encode(), 0xFFF)
    finally:
        os.close(watch)


@on_the_system
def read_an_attribute_of_a_file(target: Target) -> object:
    return os.listxattr(target["secret"])


@on_the_system
def hold_the_bench_by_its_channel(target: Target) -> None:
    with socket.socket(fileno=os.dup(target["channel"])) as channel:
        os.close(channel.getsockopt(socket.SOL_SOCKET, 77))  # SO_PEERPIDFD


@on_the_system
def lock_a_file_that_others_lock(target: Target) -> None:
    file = os.open(os.__file__, os.O_RDONLY)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(file)


@on_the_system
def signal_itself(target: Target) -> None:
    os.kill(os.getpid(), 0)


@on_the_system
def signal_everybody(target: Target) -> None:
    os.kill(-1, 0)


@on_the_system
def join_another_group(target: Target) -> None:
    os.setpgid(0, 0)


@on_the_system
def choose_a_processor(target: Target) -> None:
    os.sched_setaffinity(0, os.sched_getaffinity(0))


@on_the_system
def make_a_device(target: Target) -> None:
    os.mknod("device", 0o20600, os.makedev(1, 3))


@on_the_system
def hold_up_every_disk(target: Target) -> None:
    call("sync")


# Calls that need privileges, or that some containers forbid: there is no trying them without fences.
UNTRIED_WITHOUT_FENCES = {"raise_a_limit"}
for _name, *_arguments in (
    ("unshare", 0x1000_0000),
    ("mount", b"none", b"/", None, 0, None),
    ("chroot", b"/"),
    ("setns", 0, 0),
    ("bpf", 0, None, 0),
    ("io_uring_setup", 1, bytes(120)),
    ("perf_event_open", bytes(128), 0, -1, -1, 0),
    ("userfaultfd", 0),
    ("keyctl", 0, -3, 0),
    ("add_key", b"user", b"name", b"x", 1, -3),
    ("seccomp", 2, 0, b"\0\0\0\0"),
    ("open_by_handle_at", -1, bytes(16), 0),
    ("reboot", 0, 0, 0, None),
    ("kexec_load", 0, 0, None, 0),
    ("init_module", None, 0, b""),
    ("syslog", 3, None, 0),
    ("sethostname", None, 0),
    ("ptrace", 16, 1, 0, 0),
    ("process_vm_readv", 1, None, 0, None, 0, 0),
    ("process_vm_writev", 1, None, 0, None, 0, 0),
    ("pidfd_getfd", 0, 0, 0),
):
    _raw(_name, *_arguments)
    UNTRIED_WITHOUT_FENCES.add(f"call_{_name}")


# --- limits and privileges ---------------------------------------------------------------------------------


@on_limits
def raise_a_limit(target: Target) -> object:
    return call("prlimit64", 0, resource.RLIMIT_NOFILE, struct.pack("QQ", 1 << 20, 1 << 30), None)


@on_limits
def lower_a_limit_of_another(target: Target) -> object:
    return resource.prlimit(target["bystander"], resource.RLIMIT_CORE, (0, 0))


@on_limits
def regain_a_capability(target: Target) -> None:
    capset(struct.pack("<Ii", 0x2008_0522, 0), struct.pack("<6I", 1, 1, 0, 0, 0, 0))
