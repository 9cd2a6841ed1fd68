"""What a hostile worker tries: each attack returns what it got, or raises the OSError that stopped it.

They run inside a confined process, under the Lua profile too: an attacker who has broken out of the
interpreter is no weaker than plain Python with ctypes.
"""

import ctypes
import errno
import fcntl
import os
import resource
import signal
import socket
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchwright.worker.confinement.libc import architecture, capset, prctl, syscall

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


# --- files, TCP, abstract sockets, signals ----------------------------------------------------------------


@on_files
def read_a_system_file(target: Target) -> object:
    return Path("/etc/passwd").read_text()[:10]


@on_files
def read_a_users_file(target: Target) -> object:
    return Path(target["secret"]).read_text()


@on_files
def list_a_folder(target: Target) -> object:
    return [path.name for path in Path(target["outside"]).iterdir()]


@on_files
def write_a_users_file(target: Target) -> object:
    return Path(target["secret"]).write_text("mine")


@on_files
def create_a_file(target: Target) -> object:
    return Path(target["outside"], "new").write_text("mine")


@on_files
def make_a_folder(target: Target) -> None:
    Path(target["outside"], "folder").mkdir()


@on_files
def truncate_a_file(target: Target) -> None:
    os.truncate(target["secret"], 0)


@on_files
def link_a_file_into_scratch(target: Target) -> None:
    os.link(target["secret"], "linked")


@on_files
def leave_a_symbolic_link(target: Target) -> None:
    Path("trap").symlink_to("/etc/passwd")


@on_files
def leave_a_named_pipe(target: Target) -> None:
    os.mkfifo("pipe")


@on_files
def leave_a_socket(target: Target) -> None:
    with socket.socket(fileno=os.dup(target["channel"])) as channel:
        channel.bind("socket")


@on_files
def move_a_file(target: Target) -> None:
    Path(target["victim"]).rename(Path(target["outside"], "moved"))


@on_files
def delete_a_file(target: Target) -> None:
    Path(target["outside"], "doomed").unlink()


@on_files
def read_the_environment_of_the_bench(target: Target) -> object:
    return Path(f"/proc/{target['bench']}/environ").read_bytes()[:10]


@on_files
def write_the_memory_of_the_bench(target: Target) -> object:
    return os.open(f"/proc/{target['bench']}/mem", os.O_RDWR)


@on_files
def open_a_descriptor_of_the_bench(target: Target) -> object:
    return os.open(f"/proc/{target['bench']}/fd/{target['descriptor']}", os.O_RDONLY)


@on_files
def connect_by_tcp(target: Target) -> None:
    with socket.socket() as client:
        client.connect(("127.0.0.1", target["tcp"]))


@on_files
def listen_on_tcp(target: Target) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))


@on_files
def connect_to_an_abstract_socket(target: Target) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect("\0" + target["abstract"])


@on_files
def signal_the_bench(target: Target) -> None:
    os.kill(target["bench"], 0)


@on_files
def read_a_system_configuration(target: Target) -> object:
    return Path("/etc/hosts").read_text()


@on_files
def list_the_root(target: Target) -> object:
    return [path.name for path in Path("/").iterdir()]


@on_files
def list_the_processes(target: Target) -> object:
    return [path.name for path in Path("/proc").iterdir()]


@on_files
def read_the_own_memory_map(target: Target) -> object:
    return Path("/proc/self/maps").read_text()[:10]


@on_files
def read_the_own_command_line(target: Target) -> object:
    return Path("/proc/self/cmdline").read_bytes()[:10]


@on_files
def read_the_command_line_of_the_parent(target: Target) -> object:
    return Path(f"/proc/{os.getppid()}/cmdline").read_bytes()[:10]


@on_files
def read_the_connections_of_the_machine(target: Target) -> object:
    return Path("/proc/net/unix").read_text()[:10]


@on_files
def read_the_processor(target: Target) -> object:
    return Path("/proc/cpuinfo").read_text()[:10]


@on_files
def open_a_terminal_pair(target: Target) -> None:
    os.close(os.open("/dev/ptmx", os.O_RDWR))


@on_files
def open_the_full_device(target: Target) -> None:
    os.close(os.open("/dev/full", os.O_RDWR))


@on_files
def open_the_entropy_pool_for_writing(target: Target) -> None:
    os.close(os.open("/dev/urandom", os.O_WRONLY))


@on_files
def share_memory_by_a_file(target: Target) -> None:
    """What shm_open(3) and named semaphores do."""
    os.close(os.open("/dev/shm/benchwright-test", os.O_CREAT | os.O_RDWR))


@on_files
def leave_a_nameless_file_outside(target: Target) -> None:
    os.close(os.open(target["outside"], os.O_TMPFILE | os.O_RDWR))


@on_files
def write_a_folder_of_temporary_files(target: Target) -> None:
    os.close(os.open("/tmp", os.O_TMPFILE | os.O_RDWR))


@on_files
def write_past_the_scratch_folder(target: Target) -> object:
    return Path(os.path.relpath(target["outside"]), "new").write_text("mine")


@on_files
def write_by_another_root(target: Target) -> None:
    folder = os.open("..", os.O_PATH)
    try:
        path = os.path.relpath(Path(target["outside"], "new"), "..")
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, dir_fd=folder))
    finally:
        os.close(folder)


@on_files
def change_into_a_folder_and_write(target: Target) -> None:
    here = os.open(".", os.O_PATH)
    try:
        os.chdir(target["outside"])
        os.close(os.open("new", os.O_CREAT | os.O_WRONLY))
    finally:
        os.fchdir(here)
        os.close(here)


@on_files
def swap_a_file_with_one_outside(target: Target) -> object:
    Path("own").touch()
    renameat2 = 316 if os.uname().machine == "x86_64" else 276
    ours, theirs = (ctypes.create_string_buffer(path.encode()) for path in ("own", target["victim"]))
    return syscall(renameat2, -100, ours, -100, theirs, 2)


@on_files
def change_the_interpreter(target: Target) -> None:
    os.close(os.open(os.__file__, os.O_WRONLY))


@on_files
def change_the_program(target: Target) -> None:
    import benchwright

    os.close(os.open(str(benchwright.__file__), os.O_WRONLY))


# --- everything else the kernel offers --------------------------------------------------------------------


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


def open_descriptors() -> list[int]:
    """Return the descriptors that are open, found by trying them."""
    return [descriptor for descriptor in range(1024) if _is_open(descriptor)]


def _is_open(descriptor: int) -> bool:
    try:
        os.lseek(descriptor, 0, os.SEEK_CUR)
    except OSError as error:
        return error.errno != errno.EBADF
    return True
