"""Attacks on files, TCP, abstract sockets and signals: what Landlock has to stop alone."""

import ctypes
import os
import socket
from pathlib import Path

from benchwright.worker.confinement.libc import syscall
from tests.worker.attacks import Target, on_files


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
