"""The seccomp filters as programs, walked for both architectures by a BPF machine of a few lines."""

import errno
import re
import struct
from pathlib import Path
from typing import Literal

import pytest

from benchwright.worker.confinement.bpf import ALLOW, KILL_PROCESS, refuse
from benchwright.worker.confinement.syscall_numbers import Architecture, numbers_for
from benchwright.worker.confinement.syscall_rules import filter_program

PID = 4321
REFUSED, NOT_THERE = refuse(errno.EPERM), refuse(errno.ENOSYS)
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
MAXIMUM_INSTRUCTIONS = 4096
LUA = """
read write close fstat lseek sendto recvfrom sendmsg recvmsg poll ppoll
mmap mprotect munmap mremap brk madvise rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend
rt_sigtimedwait nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday time restart_syscall
futex set_robust_list gettid getpid getppid getrusage tgkill sched_yield getrandom rseq membarrier
exit exit_group
"""


def known(machine: str) -> Architecture:
    architecture = numbers_for(machine)
    assert architecture is not None
    return architecture


def run(program: bytes, data: bytes) -> int:
    """Return the program's verdict on `data`, a struct seccomp_data."""
    instructions = list(struct.iter_unpack("<HBBI", program))
    at = value = 0
    while True:
        code, if_true, if_false, operand = instructions[at]
        at += 1
        if code == 0x06:
            return int(operand)
        if code == 0x20:
            (value,) = struct.unpack_from("<I", data, operand)
            continue
        holds = {
            0x15: value == operand,
            0x25: value > operand,
            0x35: value >= operand,
            0x45: bool(value & operand),
        }[code]
        at += if_true if holds else if_false


class Judge:
    """Asks a filter what it makes of calls."""

    def __init__(self, machine: str, language: Literal["lua", "python"]) -> None:
        self.architecture = known(machine)
        self.program = filter_program(language, self.architecture, PID)

    def number(self, number: int, *arguments: int, audit_value: int | None = None) -> int:
        audit_value = self.architecture.audit_value if audit_value is None else audit_value
        padded = (*arguments, 0, 0, 0, 0, 0, 0)[:6]
        return run(self.program, struct.pack("<IIQ6Q", number, audit_value, 0, *padded))

    def call(self, name: str, *arguments: int) -> int:
        return self.number(self.architecture.numbers[name], *arguments)


@pytest.fixture(params=["x86_64", "aarch64"])
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def lua(machine: str) -> Judge:
    return Judge(machine, "lua")


@pytest.fixture
def python(machine: str) -> Judge:
    return Judge(machine, "python")


def test_lua_gets_the_allow_list_and_nothing_else(lua: Judge) -> None:
    allowed = {name for name in lua.architecture.numbers if lua.call(name, PID) == ALLOW}
    assert allowed == lua.architecture.numbers.keys() & set(LUA.split())
    by_number = {number for number in range(1024) if lua.number(number, PID) == ALLOW}
    assert by_number == {lua.architecture.numbers[name] for name in allowed}


def test_python_is_refused_every_listed_call(python: Judge) -> None:
    numbers = python.architecture.numbers
    refused = {name for name in numbers if python.call(name) == REFUSED}
    used_by_ourselves = {"close_range"}
    judged_by_arguments = {"prlimit64", "fcntl", "ioctl", "getsockopt"}
    not_there = {name for name in numbers if python.call(name) == NOT_THERE}
    unsupported = {name for name in numbers if python.call(name) == refuse(errno.ENOTSUP)}
    assert not_there == {"clone3", "flock"}
    assert unsupported == {name for name in numbers if name.endswith("xattr")} - refused
    others = used_by_ourselves | judged_by_arguments | not_there | unsupported
    assert refused == numbers.keys() - set(LUA.split()) - others | {"tgkill"}
    assert len(refused) > 100


def test_python_may_start_threads_but_no_process(python: Judge) -> None:
    thread = 0x3D0F00  # what the C library passes for a thread
    assert python.call("clone", thread) == ALLOW
    assert python.call("clone", 17) == REFUSED
    assert python.call("clone", 0x4000 | 0x100 | 17) == REFUSED
    assert python.call("clone3") == NOT_THERE


def test_signals_reach_own_threads_only(python: Judge, lua: Judge) -> None:
    for judge in (python, lua):
        assert judge.call("tgkill", PID, 1, 6) == ALLOW
        assert judge.call("tgkill", PID + 1, 1, 6) == REFUSED


def test_limits_can_be_read_but_not_set(python: Judge) -> None:
    assert python.call("prlimit64", 0, 7, 0, 0x7000) == ALLOW
    assert python.call("prlimit64", 0, 7, 0x7000, 0) == REFUSED
    assert python.call("prlimit64", 0, 7, 0x7000 << 32, 0) == REFUSED


def test_the_unused_half_of_an_int_argument_hides_nothing(python: Judge) -> None:
    high = 1 << 32
    assert python.call("fcntl", 3, 1) == ALLOW
    for command in (8, 10, 15, 1024, 1026):
        assert python.call("fcntl", 3, command) == python.call("fcntl", 3, command | high) == REFUSED
    assert python.call("ioctl", 3, 0x5421) == ALLOW
    assert python.call("ioctl", 3, 0x5412 | high) == REFUSED
    assert python.call("getsockopt", 3, 1, 7) == ALLOW
    assert python.call("getsockopt", 3, 1, 77) == python.call("getsockopt", 3, 1, 77 | high) == REFUSED
    assert python.call("prctl", 15) == ALLOW
    assert python.call("prctl", 1 | high) == python.call("prctl", 4) == python.call("prctl", 36) == REFUSED


def test_calls_of_tomorrow_are_not_there(python: Judge, lua: Judge) -> None:
    assert python.number(450) == ALLOW
    assert {python.number(number) for number in range(451, 2000)} == {NOT_THERE}
    assert {lua.number(number) for number in range(451, 2000)} == {REFUSED}


def test_foreign_architectures_are_killed(python: Judge, lua: Judge) -> None:
    i386, arm = 0x4000_0003, 0x4000_0028
    for judge in (python, lua):
        assert judge.number(0, audit_value=i386) == judge.number(0, audit_value=arm) == KILL_PROCESS
        if judge.architecture.has_x32:
            assert judge.number(0x4000_0000) == judge.number(0xFFFF_FFFF) == KILL_PROCESS
        assert len(judge.program) // 8 < MAXIMUM_INSTRUCTIONS


def test_numbers_are_the_kernels(machine: str) -> None:
    header = HEADERS[machine]
    if not header.exists():
        pytest.skip("no kernel headers here")
    text = header.read_text()
    defined = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)\b", text))
    numbers = known(machine).numbers
    assert len(numbers) > 140
    assert {n: number for n, number in numbers.items() if defined.get(n, str(number)) != str(number)} == {}
    assert len(numbers.keys() & defined.keys()) > 140


def test_an_unknown_machine_has_no_numbers() -> None:
    assert numbers_for("riscv64") is None
