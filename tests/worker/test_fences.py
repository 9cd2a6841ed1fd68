"""What is recorded and masked where a kernel lacks a fence; nothing here confines the test itself."""

import os
import struct
import sys
from pathlib import Path
from typing import Any

import pytest

if sys.platform != "linux":
    pytest.skip("Linux's fences", allow_module_level=True)

from benchwright.core.errors import WorkerStartError
from benchwright.worker.confinement import Profile, landlock, seccomp
from benchwright.worker.confinement.fences import Fence, Fences
from benchwright.worker.launching import probe
from benchwright.worker.launching.probe import missing_of, probe_confinement
from benchwright.worker.launching.spare_launcher import SpareLauncher
from tests.worker.puppets import REPOSITORY

FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16, 6: 16, 7: 16, 8: 16}  # bits by ABI
PROFILE = Profile(language="python", scratch_dir="/tmp")


class Kernel:
    """Takes Landlock's system calls in place of the real kernel."""

    def __init__(self, abi: int) -> None:
        self.abi = abi
        self.ruleset: tuple[int, ...] = ()
        self.rules: list[tuple[int, int]] = []
        self.restricted: list[int] = []

    def syscall(self, number: int, *arguments: Any) -> int:
        if number == 444 and arguments[0] is None:
            return self.abi
        if number == 444:
            size = arguments[1]
            self.ruleset = struct.unpack(f"<{size // 8}Q", arguments[0].raw[:size])
            return os.open("/dev/null", os.O_RDONLY)
        if number == 445:
            self.rules.append(struct.unpack("<Qi", arguments[2].raw[:12]))
        if number == 446:
            self.restricted.append(arguments[1])
        return 0


@pytest.fixture(params=FILE_RIGHTS)
def kernel(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Kernel:
    kernel = Kernel(request.param)
    monkeypatch.setattr(landlock, "syscall", kernel.syscall)
    return kernel


def test_landlock_asks_each_kernel_for_what_it_knows(kernel: Kernel) -> None:
    fence = landlock.fence_files(PROFILE)
    files = (1 << FILE_RIGHTS[kernel.abi]) - 1
    expected = [files]
    expected += [0b11] if kernel.abi >= 4 else []
    expected += [0b11] if kernel.abi >= 6 else []
    assert kernel.ruleset == tuple(expected)
    assert kernel.restricted == [1 if kernel.abi >= 7 else 0]
    assert kernel.rules
    assert {rights for rights, _ in kernel.rules if rights & ~files} == set()
    assert fence.held
    assert ("TCP" in fence.note, "signals" in fence.note) == (kernel.abi >= 4, kernel.abi >= 6)


def test_lua_gets_no_rule_at_all(kernel: Kernel) -> None:
    landlock.fence_files(Profile(language="lua", scratch_dir="/tmp"))
    assert kernel.rules == []
    assert len(kernel.restricted) == 1


def test_a_refusal_by_landlock_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(number: int, *arguments: Any) -> int:
        if arguments[0] is None:
            return 7
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(landlock, "syscall", refuse)
    fence = landlock.fence_files(PROFILE)
    assert fence.state == "missing: the kernel refused the rules: Operation not permitted"


def test_a_machine_without_table_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp, "architecture", lambda: None)
    assert seccomp.seal_system_calls(PROFILE).state.startswith("missing: no system call table for ")


def test_a_kernel_without_seccomp_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(number: int, *arguments: Any) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(seccomp, "syscall", refuse)
    state = seccomp.seal_system_calls(PROFILE).state
    assert state == "missing: the kernel refused the filter: Function not implemented"


def test_a_thread_that_escapes_the_filter_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp, "syscall", lambda number, *arguments: 77)
    state = seccomp.seal_system_calls(PROFILE).state
    assert state == "missing: thread 77 could not be brought under the filter"


def test_states_by_name() -> None:
    fences = Fences((Fence("rlimits", True),)).plus(
        Fence("seccomp", True, "deny list"), Fence("x", False, "why")
    )
    assert fences.states == {"rlimits": "held", "seccomp": "held (deny list)", "x": "missing: why"}


@pytest.mark.parametrize("language", ["lua", "python"])
def test_the_probe_reports_and_leaves_the_caller_alone(language: Any) -> None:
    states = probe_confinement(language)
    assert "seccomp" in states
    assert Path("/etc/passwd").read_text()


def test_the_probe_names_what_a_kernel_lacks() -> None:
    launcher = SpareLauncher("tests.worker.fences_without_landlock:report_fences", [REPOSITORY], spares=0)
    assert missing_of(probe_confinement("python", launcher)) == [
        "landlock: this kernel has no Landlock, or it is switched off"
    ]


def test_where_no_worker_starts_nothing_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(language: str) -> dict[str, str]:
        raise WorkerStartError("no process can be started")

    monkeypatch.setattr(probe, "probe_confinement", fail)
    assert probe.missing_fences("python") == ["all: no process can be started"]
