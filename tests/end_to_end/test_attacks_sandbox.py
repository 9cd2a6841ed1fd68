"""What Python scripts try against the system, as whole runs, as this user and as an ordinary one."""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from benchwright.bench.data_folder import DataFolder
from tests.end_to_end.attacking import Attack, try_all
from tests.helpers.cli import Done, ServedBench, cli_command, cli_environment
from tests.helpers.ordinary_user import as_ordinary_user, can_be_ordinary, make_theirs
from tests.worker import attacks, attacks_on_files, attacks_on_the_system
from tests.worker.puppets import on_linux, wait_until
from tests.worker.targets import targets

pytestmark = on_linux

TRY_ALL = """
import json, stat
target = {facts}
target["channel"] = next(n for n in range(3, 64) if stat.S_ISSOCK(os.fstat(n).st_mode))
for tried in (ON_FILES, ON_THE_SYSTEM, ON_LIMITS):
    print(json.dumps({{name: outcome(attack, target) for name, attack in tried.items()}}))
print(json.dumps(dict(os.environ)))
"""


class Site:
    """A folder for scripts with the bench's data in it, and somebody who runs them there."""

    def __init__(self, folder: Path, prefix: list[str]) -> None:
        self.work = folder / "work"
        self._home = folder / "home"
        self._data_dir = self.work / "data"
        self._prefix = prefix
        for path in (self.work, self._home, self._data_dir):
            path.mkdir()

    def write(self, name: str, text: str) -> Path:
        """Write a file that anybody can read."""
        path = self.work / name
        path.write_text(text)
        return path

    def run(self, script: Path, grant: str = "none") -> Done:
        """Run a script on a bench of its own."""
        command = cli_command("script", "run", script, "--data-dir", self._data_dir, "--json")
        done = subprocess.run(
            [*self._prefix, *command, "--grant", grant],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            env=cli_environment(HOME=str(self._home), SECRET="inherited"),
            timeout=60,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def is_left(self) -> bool:
        """Whether the bench of the last run is gone, which is some moments after its command."""
        return DataFolder.at(self._data_dir).bench_pid() is None


@pytest.fixture(params=["this user", "nobody"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    is_ordinary = request.param == "nobody"
    if is_ordinary and not can_be_ordinary():
        pytest.skip("only root can be somebody else")
    with tempfile.TemporaryDirectory(prefix="bw") as name:
        made = Site(Path(name), as_ordinary_user() if is_ordinary else [])
        if is_ordinary:
            make_theirs(Path(name))
        yield made
        wait_until(made.is_left)


def _text(module: ModuleType) -> str:
    """Return the text of a module for a script, in which all of them are one."""
    lines = Path(str(module.__file__)).read_text().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("from tests."))


def test_no_attack_gets_anything(site: Site) -> None:
    with targets() as made:
        source = "".join(map(_text, (attacks, attacks_on_files, attacks_on_the_system)))
        source += TRY_ALL.format(facts=made.facts)
        done = site.run(site.write("attacks.py", source), "all")
        harm = made.harm()
    assert (done.code, harm) == (0, []), done
    printed = [event["text"] for event in done.of_kind("output") if event["stream"] == "stdout"]
    *outcomes, environment = map(json.loads, printed)
    tried = {name: outcome for part in outcomes for name, outcome in part.items()}
    assert {name: outcome for name, outcome in tried.items() if not outcome.startswith("stopped")} == {}
    assert len(tried) >= 95
    assert "SECRET" not in environment
    assert environment["HOME"] == environment["TMPDIR"]


READ_DATA = """
import os
folder = os.path.dirname(os.path.dirname(os.getcwd()))
for name in ("auth.key", "bench.log", "bench.lock", "runs", "scratch", "."):
    path = os.path.join(folder, name)
    try:
        print("got", name, os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(3))
    except OSError as error:
        print(name, error.strerror)
print(open(os.path.join(os.path.dirname(folder), "calibration.csv")).read())
"""


def test_the_data_of_the_bench_is_out_of_reach_even_beside_the_script(site: Site) -> None:
    site.write("calibration.csv", "1.5")
    lines = site.run(site.write("reads.py", READ_DATA)).fields("output", "text")
    assert lines[-1] == "1.5", "what lies beside the script can be read"
    assert {line.partition(" ")[2] for line in lines[:-1]} == {"Permission denied"}, lines


SCRATCH = [
    Attack(
        "many_files.py",
        "block = bytes(2**20)\nfor n in range(10**6):\n    with open(f'{n}', 'wb') as f: f.write(block)",
        "resource_limit",
        "max_scratch_mb = 256",
    ),
    Attack(
        "one_large_file.py",
        "f = open('x', 'wb')\nwhile True: f.write(bytes(2**20))",
        "resource_limit",
        "max_scratch_mb = 256",
    ),
    Attack(
        "empty_files.py",
        "for n in range(10**7): open(f'{n}', 'w').close()",
        "resource_limit",
        "max_scratch_mb = 256",
    ),
    Attack(
        "deep.py",
        "import os\nfor n in range(3000):\n    os.mkdir('d'); os.chdir('d')\nsleep(10)",
        "resource_limit",
        "max_scratch_mb",
    ),
    Attack(
        "deep_and_gone.py", "import os\nfor n in range(1800):\n    os.mkdir('d'); os.chdir('d')", "completed"
    ),
    Attack(
        "holes.py",
        "with open('x', 'wb') as f: f.truncate(200 * 2**20)\nsleep(0.5)",
        "completed",
    ),
]


def test_the_scratch_folder_is_bounded_and_leaves_nothing(bench: ServedBench, tmp_path: Path) -> None:
    try_all(bench, tmp_path, SCRATCH)
    assert list((bench.data_dir / "scratch").iterdir()) == []


UNLINKED = """
import ctypes, mmap, os, threading
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
def filled(megabytes):
    descriptor = os.open("x", os.O_RDWR | os.O_CREAT)
    os.unlink("x")
    os.posix_fallocate(descriptor, 0, megabytes * 2**20)
    return descriptor
"""
HELD = {
    "open": "held = [filled(3), filled(3)]",
    "mapped and closed": "held = filled(3)\n"
    "libc.mmap(None, 4096, 1, mmap.MAP_SHARED, held, 0)\nos.close(held)",
    "without a name from the first": "for _ in range(2):\n"
    "    held = os.open('.', os.O_RDWR | os.O_TMPFILE)\n    os.posix_fallocate(held, 0, 3 * 2**20)",
    "open in a thread with descriptors of its own": "def hold():\n"
    "    assert libc.syscall(436, 1000, 1000, 2) == 0, 'close_range'\n    held = filled(3), filled(3)\n"
    "    sleep(10)\n"
    "threading.Thread(target=hold).start()",
}
NOT_TOO_MUCH = """
import tempfile
for _ in range(40):
    with tempfile.TemporaryFile() as file:
        file.write(bytes(2**20))
        file.flush()
        with mmap.mmap(file.fileno(), 0) as view:
            sleep(0.03)
for _ in range(2000):
    with tempfile.TemporaryFile() as file:
        file.write(bytes(10))
        file.flush()
        mmap.mmap(file.fileno(), 0).close()
"""
LIMIT_OF_SCRATCH = "[limits]\nmax_scratch_mb = 4\n"


@pytest.mark.parametrize("held", HELD)
def test_files_that_are_deleted_and_in_use_count(site: Site, held: str) -> None:
    site.write("holds.toml", LIMIT_OF_SCRATCH)
    done = site.run(site.write("holds.py", f"{UNLINKED}{HELD[held]}\nsleep(10)"))
    assert (done.code, done.last["outcome"]) == (4, "resource_limit"), done
    assert "max_scratch_mb = 4" in done.last["error"]["message"]


def test_deleted_files_of_which_few_are_in_use_at_a_time_are_not_too_much(site: Site) -> None:
    site.write("uses.toml", LIMIT_OF_SCRATCH)
    done = site.run(site.write("uses.py", f"{UNLINKED}{NOT_TOO_MUCH}"))
    assert done.last["outcome"] == "completed", done


def test_a_closed_folder_in_scratch_is_removed_too(site: Site) -> None:
    source = (
        "import os\nos.umask(0)\nos.mkdir('closed', 0o300)\nopen('closed/x', 'w').close()\nprint(os.getcwd())"
    )
    done = site.run(site.write("closed.py", source))
    assert not Path(done.fields("output", "text")[0]).exists()
