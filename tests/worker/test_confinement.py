"""The fences around a worker, tried by attacks from inside; where there is no fence they succeed."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest

from benchwright.worker.launching import LaunchRequest, WorkerLauncher, WorkerProcess
from tests.worker.puppets import REPOSITORY, ask, on_linux, running, tell, zygote
from tests.worker.targets import targets

pytestmark = on_linux

ATTACK_ALL = """
target = {facts}
target["channel"] = channel.fileno()
held = seal() if {is_sealed} else {{}}
kinds = {{"files": attacks.ON_FILES, "system": attacks.ON_THE_SYSTEM, "limits": attacks.ON_LIMITS}}
answer = {{
    "fences": held,
    "descriptors": attacks.open_descriptors(),
    "channel": channel.fileno(),
    "environment": dict(os.environ),
    **{{kind: {{n: attacks.outcome(a, target) for n, a in tried.items()}} for kind, tried in kinds.items()}},
}}
"""
ENTRIES = {
    "this user": "tests.worker.puppets:be_puppet",
    "nobody": "tests.worker.unprivileged_puppets:be_puppet",
}


class Report(NamedTuple):
    """What became of the attacks of one worker."""

    language: str
    answer: dict[str, Any]
    harm: list[str]


def attacked(entry: str, language: Any, *, is_sealed: bool = True) -> Report:
    launcher = zygote(entry)
    try:
        with targets() as made:
            request = LaunchRequest(language=language, scratch_dir=str(made.scratch), run_id="attack")
            with running(launcher, request) as worker:
                answer = ask(worker, ATTACK_ALL.format(facts=made.facts, is_sealed=is_sealed))
            return Report(language, answer, made.harm())
    finally:
        launcher.close()


Puppet = Callable[[Literal["lua", "python"]], WorkerProcess]


@pytest.fixture(scope="module")
def launcher() -> Iterator[WorkerLauncher]:
    launcher = zygote()
    launcher.launch(LaunchRequest(language="lua", scratch_dir="/", run_id="warm-up")).close()
    yield launcher
    launcher.close()


@pytest.fixture
def puppet(launcher: WorkerLauncher, tmp_path: Path) -> Iterator[Puppet]:
    """Makes a confined puppet of a language, with an own scratch folder."""
    with ExitStack() as stack:

        def make(language: Literal["lua", "python"]) -> WorkerProcess:
            request = LaunchRequest(
                language=language, scratch_dir=str(tmp_path), run_id="test", max_memory_mb=50
            )
            return stack.enter_context(running(launcher, request))

        yield make


@pytest.fixture(scope="module", params=["lua", "python"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=list(ENTRIES))
def sealed(request: pytest.FixtureRequest, language: str) -> Report:
    """All attacks from a whole confinement."""
    if request.param == "nobody" and os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    return attacked(ENTRIES[request.param], language)


def not_stopped(outcomes: dict[str, str]) -> dict[str, str]:
    return {name: outcome for name, outcome in outcomes.items() if not outcome.startswith("stopped: ")}


@pytest.mark.parametrize("kind", ["files", "system", "limits"])
def test_every_attack_is_stopped(sealed: Report, kind: str) -> None:
    assert not_stopped(sealed.answer[kind]) == {}


def test_attacks_do_no_harm(sealed: Report) -> None:
    assert sealed.harm == []


def test_every_fence_holds_here_and_says_so(sealed: Report) -> None:
    names = ["descriptors", "rlimits", "capabilities", "parent_death", "no_new_privs", "landlock", "seccomp"]
    assert list(sealed.answer["fences"]) == names
    assert {
        name: state for name, state in sealed.answer["fences"].items() if not state.startswith("held")
    } == {}


def test_only_the_channel_is_inherited(sealed: Report) -> None:
    assert sealed.answer["descriptors"] == [0, 1, 2, sealed.answer["channel"]]


def test_the_environment_is_made_from_scratch(sealed: Report) -> None:
    assert os.environ.keys() - sealed.answer["environment"].keys(), "the test needs something to withhold"
    allowed = {"HOME", "LANG", "MALLOC_ARENA_MAX", "TMPDIR", "TZ", "LD_LIBRARY_PATH"}
    allowed |= {"OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"}
    assert sealed.answer["environment"].keys() <= allowed


def test_landlock_alone_stops_what_is_its_own(language: str) -> None:
    report = attacked(ENTRIES["this user"], language, is_sealed=False)
    assert not_stopped(report.answer["files"]) == {}


def test_seccomp_alone_stops_what_is_its_own(language: str) -> None:
    report = attacked("tests.worker.puppets_without_landlock:be_puppet", language)
    assert report.answer["fences"]["landlock"].startswith("missing: this kernel has no Landlock")
    assert not_stopped(report.answer["system"]) == {}
    if language == "lua":
        assert not_stopped(report.answer["files"]) == {}


def test_the_attacks_succeed_without_fences() -> None:
    """Else the tests above could not fail."""
    source = (
        "import json, socket, sys\n"
        "from tests.worker import attacks, attacks_on_files, attacks_on_the_system\n"
        "target = json.loads(sys.argv[1])\n"
        "tried = {n: a for n, a in (attacks.ON_FILES | attacks.ON_THE_SYSTEM | attacks.ON_LIMITS).items()"
        " if n not in attacks_on_the_system.UNTRIED_WITHOUT_FENCES}\n"
        "print(json.dumps({name: attacks.outcome(attack, target) for name, attack in tried.items()}))"
    )
    if os.geteuid() != 0:
        pytest.skip("some attacks succeed for root only")
    ours, theirs = socket.socketpair()
    with targets() as made, ours, theirs:
        done = subprocess.run(
            [sys.executable, "-c", source, json.dumps(made.facts | {"channel": theirs.fileno()})],
            env={"PYTHONPATH": f"{REPOSITORY}/app:{REPOSITORY}"},
            cwd=made.scratch,
            pass_fds=[theirs.fileno()],
            capture_output=True,
            check=True,
            timeout=30,
        )
        assert made.harm(), "the targets notice"
    outcomes = json.loads(done.stdout)
    assert {name: outcome for name, outcome in outcomes.items() if outcome.startswith("stopped")} == {}


@pytest.mark.parametrize("instruction", ["32-bit", "x32"])
def test_a_foreign_system_call_kills_the_worker(puppet: Puppet, instruction: str) -> None:
    """The same numbers mean other calls there: 20 is getpid for 32-bit code and writev for ours."""
    if os.uname().machine != "x86_64":
        pytest.skip("only x86-64 has foreign calls to make")
    if instruction == "x32":
        source = "from benchwright.worker.confinement.libc import syscall; seal(); syscall(0x4000_0000 + 39)"
    else:
        code = bytes.fromhex("b814000000 cd80 c3")  # mov eax, 20; int 0x80; ret
        source = (
            "import ctypes, mmap\n"
            f"page = mmap.mmap(-1, 4096, prot=7); page.write({code!r})\n"
            "jump = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))\n"
            "seal(); jump()"
        )
    worker = puppet("python")
    tell(worker, source)
    status = worker.wait(10)
    assert status is not None
    assert status.signal == signal.SIGSYS


@pytest.mark.parametrize("language", ["lua", "python"])
def test_threads_from_before_the_seal_are_sealed_too(puppet: Puppet, language: Any) -> None:
    source = """
import threading
work, results = queue.SimpleQueue(), queue.SimpleQueue()
threading.Thread(target=lambda: results.put(attacks.outcome(work.get(), {})), daemon=True).start()
seal()
work.put(attacks_on_the_system.open_a_netlink_socket)
answer = results.get()
"""
    assert ask(puppet(language), source) == "stopped: EPERM"


def test_a_lua_worker_cannot_even_use_its_scratch_folder(puppet: Puppet) -> None:
    source = "target = {}; answer = attacks.outcome(lambda t: os.open('own', os.O_CREAT | os.O_WRONLY), {})"
    assert ask(puppet("lua"), source) == "stopped: EACCES"


def test_a_lua_worker_can_do_its_work(puppet: Puppet) -> None:
    source = """
import time, threading, lupa.lua54
seal()
lua = lupa.lua54.LuaRuntime(register_eval=False, register_builtins=False, max_memory=50 << 20)
lua.execute("t = {} for i = 1, 100000 do t[i] = tostring(i) end")
time.sleep(0.001)
answer = [lua.eval("#t"), threading.active_count()]
"""
    assert ask(puppet("lua"), source) == [100000, 2]


def test_a_python_worker_can_do_its_work(puppet: Puppet) -> None:
    source = """
import importlib.util
seal()
import concurrent.futures, decimal, pathlib, sqlite3, tempfile, zoneinfo
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    threads = list(pool.map(abs, [-1, 2]))
folder = pathlib.Path("folder"); folder.mkdir()
(folder / "a").write_text("text"); (folder / "a").rename("b"); folder.rmdir()
database = sqlite3.connect("rows.sqlite"); database.execute("create table t (a)"); database.close()
with tempfile.NamedTemporaryFile() as file: inside = file.name.startswith(os.getcwd())
os.write(os.open(os.devnull, os.O_WRONLY), b"gone")
answer = [threads, pathlib.Path("b").read_text(), inside, len(open("/dev/urandom", "rb").read(3))]
"""
    assert ask(puppet("python"), source) == [[1, 2], "text", True, 3]


def test_a_python_worker_can_import_numpy_afterwards(puppet: Puppet) -> None:
    pytest.importorskip("numpy")
    source = "seal(); import numpy; answer = float((numpy.eye(300) @ numpy.eye(300)).sum())"
    assert ask(puppet("python"), source) == 300.0


def test_readable_folders_are_only_readable(launcher: WorkerLauncher, tmp_path: Path) -> None:
    library, scratch = tmp_path / "library", tmp_path / "scratch"
    for folder in (library, scratch):
        folder.mkdir()
    (library / "helper.py").write_text("value = 42")
    for name in ("single", "beside"):
        (tmp_path / name).write_text(name)
    request = LaunchRequest(
        language="python",
        scratch_dir=str(scratch),
        readable_dirs=(str(library), str(tmp_path / "single"), "/nowhere"),
        run_id="test",
    )
    source = f"""
import sys; sys.path.append({str(library)!r})
seal(); import helper
create = lambda target: os.open({str(library / "new")!r}, os.O_CREAT | os.O_WRONLY)
read = lambda target: open({str(tmp_path)!r} + target).read()
answer = [helper.value, attacks.outcome(read, "/single"), attacks.outcome(read, "/beside")]
answer.append(attacks.outcome(create, 0))
"""
    with running(launcher, request) as worker:
        assert ask(worker, source) == [42, "got: 'single'", "stopped: EACCES", "stopped: EACCES"]
    assert [path.name for path in library.iterdir()] == ["helper.py"]


def test_memory_beyond_the_limit_is_refused(puppet: Puppet) -> None:
    source = """
answer = []
for size in (20 << 20, 2 << 30):
    try:
        answer.append(len(bytearray(size)) == size)
    except MemoryError:
        answer.append("MemoryError")
"""
    for language in ("lua", "python"):
        assert ask(puppet(language), source) == [True, "MemoryError"]


@pytest.mark.parametrize(
    ("language", "expected"), [("lua", [0, 0, 16, 65]), ("python", [0, 256 << 20, 256, 65])]
)
def test_limits_are_lowered_for_good(puppet: Puppet, language: Any, expected: list[int]) -> None:
    source = """
from resource import *
answer = [list(getrlimit(kind)) for kind in (RLIMIT_CORE, RLIMIT_FSIZE, RLIMIT_NOFILE, RLIMIT_CPU)]
"""
    assert ask(puppet(language), source) == [[value, value] for value in expected]


def test_the_worker_has_a_session_and_private_files(puppet: Puppet, tmp_path: Path) -> None:
    worker = puppet("python")
    source = "answer = [os.getpid(), os.getsid(0), os.getpgid(0), os.umask(0), os.getcwd()]"
    assert ask(worker, source) == [worker.pid, worker.pid, worker.pid, 0o077, str(tmp_path)]


REACH = """
import ctypes, os
answer = []
for what in ("mem", "environ", "maps", "fd/0"):
    try: answer.append([what, os.open(f"/proc/{pid}/{{what}}", os.O_RDONLY)])
    except PermissionError: pass
if ctypes.CDLL(None).ptrace(16, {pid}, 0, 0) == 0: answer.append("ptrace")  # PTRACE_ATTACH
"""


@pytest.mark.parametrize("entry", [*ENTRIES.values(), "tests.worker.puppets_without_landlock:be_puppet"])
def test_siblings_cannot_reach_into_a_worker(entry: str) -> None:
    """Before the filter is closed, so that the other fences are tried by themselves."""
    if entry == ENTRIES["nobody"] and os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    launcher = zygote(entry)
    try:
        with targets() as made:
            wanted = LaunchRequest(language="python", scratch_dir=str(made.scratch), run_id="attack")
            with running(launcher, wanted) as first, running(launcher, wanted) as second:
                assert ask(second, REACH.format(pid=first.pid)) == []
    finally:
        launcher.close()
