import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from multiprocessing.connection import Client, Listener
from pathlib import Path

import pytest

from benchwright.bench.data_folder import KEY_BYTES, DataFolder
from benchwright.core.errors import BenchUnavailable, StorageError
from tests.bench.storage.helpers import names_in, start_python

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="modes, owners and sockets of POSIX")

HOLD_LOCK = """
import sys
from benchwright.bench.data_folder import DataFolder

lock = DataFolder.open(sys.argv[1]).lock()
print("locked", flush=True)
input()
"""


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder.open(tmp_path / "data")


# --- the folder ---


def test_the_default_is_the_platforms_folder_in_the_home(private_home: Path) -> None:
    folder = DataFolder.open()
    assert folder.path.is_dir()
    assert folder.path.is_relative_to(private_home)
    assert folder.path.name == "benchwright"


@posix_only
def test_a_new_folder_is_ours_alone_and_an_old_one_stays_as_it_is(tmp_path: Path) -> None:
    made = DataFolder.open(tmp_path / "a" / "b").path
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    made.chmod(0o750)
    DataFolder.open(str(made))
    assert stat.S_IMODE(made.stat().st_mode) == 0o750


def test_one_folder_by_all_its_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert DataFolder.open("data").path == DataFolder.open(tmp_path / "x" / ".." / "data").path
    assert DataFolder.open("data").path.is_absolute()


def test_a_file_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(StorageError, match=r"the data folder .*data is a file"):
        DataFolder.open(tmp_path / "data")
    with pytest.raises(StorageError, match=r"cannot make the data folder .*deeper: Not a directory"):
        DataFolder.open(tmp_path / "data" / "deeper")


READ_ONLY = """
import sys
from benchwright.bench.data_folder import DataFolder
from benchwright.core.errors import StorageError

try:
    DataFolder.open(sys.argv[1])
except StorageError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs a read-only filesystem")
@pytest.mark.parametrize("name", ["", "new"])
def test_a_folder_that_cannot_be_written(tmp_path: Path, name: str) -> None:
    mount = 'mount -t tmpfs -o ro t "$0" && exec "$@"'
    before = ("unshare", "--map-root-user", "--mount", "sh", "-c", mount, str(tmp_path))
    if subprocess.call([*before, "true"], stderr=subprocess.DEVNULL) != 0:
        pytest.skip("mounting is not allowed here")
    with start_python(READ_ONLY, tmp_path / name, before=before) as process:
        output, _ = process.communicate(timeout=20)
    expected = {
        "": f"cannot write in the data folder {tmp_path}; choose another one with --data-dir\n",
        "new": f"cannot make the data folder {tmp_path / 'new'}: Read-only file system\n",
    }
    assert output == expected[name]


def test_little_is_imported(tmp_path: Path) -> None:
    source = (
        "import sys; before = set(sys.modules); from benchwright.bench.data_folder import DataFolder;"
        "folder = DataFolder.open(sys.argv[1]); folder.auth_key(); folder.safety_address();"
        "folder.bench_pid();"
        "print(*sorted(set(sys.modules) - before))"
    )
    with start_python(source, tmp_path) as process:
        output, _ = process.communicate(timeout=20)
    heavy = {"msgspec", "sqlite3", "platformdirs", "dataclasses", "tempfile", "hashlib", "secrets", "difflib"}
    loaded = set(output.split())
    assert "benchwright.bench.data_folder" in loaded
    assert not loaded & heavy


# --- the lock ---


def test_one_bench_at_a_time(folder: DataFolder) -> None:
    with folder.lock():
        assert folder.bench_pid() == os.getpid()
        with pytest.raises(BenchUnavailable) as caught:
            DataFolder.open(folder.path).lock()
    assert str(caught.value) == f"another bench (process {os.getpid()}) uses the data folder {folder.path}"
    assert folder.bench_pid() is None
    with folder.lock() as lock:
        lock.release()
        assert folder.bench_pid() is None


def test_a_killed_bench_holds_nothing(folder: DataFolder) -> None:
    with start_python(HOLD_LOCK, folder.path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        assert folder.bench_pid() == process.pid
        with pytest.raises(BenchUnavailable, match=f"process {process.pid}"):
            folder.lock()
        process.kill()
    assert folder.bench_pid() is None
    folder.lock().release()


def test_looking_does_not_keep_a_bench_from_starting(folder: DataFolder) -> None:
    folder.lock().release()
    ended = threading.Event()
    pids = set()

    def look() -> None:
        while not ended.is_set():
            pids.add(DataFolder(folder.path).bench_pid())

    lookers = [threading.Thread(target=look) for _ in range(2)]
    for looker in lookers:
        looker.start()
    for _ in range(50):
        folder.lock().release()
    ended.set()
    for looker in lookers:
        looker.join()
    assert pids <= {None, os.getpid()}


def test_no_folder_any_more(folder: DataFolder) -> None:
    folder.path.rmdir()
    assert folder.bench_pid() is None
    with pytest.raises(StorageError, match=r"cannot write .*bench\.lock"):
        folder.lock()
    with pytest.raises(StorageError, match=r"cannot use .*auth\.key"):
        folder.auth_key()


# --- the key ---


def test_the_key_is_made_once_for_our_eyes_only(folder: DataFolder) -> None:
    key = folder.auth_key()
    assert len(key) == KEY_BYTES
    assert DataFolder.open(folder.path).auth_key() == key
    assert names_in(folder.path) == ["auth.key"]
    if sys.platform != "win32":
        assert stat.S_IMODE((folder.path / "auth.key").stat().st_mode) == 0o600


def test_keys_differ(tmp_path: Path) -> None:
    assert DataFolder.open(tmp_path / "a").auth_key() != DataFolder.open(tmp_path / "b").auth_key()


def test_all_who_make_the_key_at_once_get_the_same(folder: DataFolder) -> None:
    source = (
        "import sys; from benchwright.bench.data_folder import DataFolder; folder = DataFolder(__import__("
        "'pathlib').Path(sys.argv[1])); input(); print(folder.auth_key().hex())"
    )
    processes = [start_python(source, folder.path) for _ in range(6)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    keys = {process.communicate(timeout=20)[0].strip() for process in processes}
    assert keys == {folder.auth_key().hex()}
    assert names_in(folder.path) == ["auth.key"]


def test_two_who_both_saw_no_key(folder: DataFolder) -> None:
    folder._make_key(folder.path / "auth.key")
    key = folder.auth_key()
    folder._make_key(folder.path / "auth.key")
    assert folder.auth_key() == key


@posix_only
def test_a_key_that_others_can_read_is_refused(folder: DataFolder) -> None:
    folder.auth_key()
    (folder.path / "auth.key").chmod(0o644)
    with pytest.raises(StorageError, match=r"auth\.key can be read by others: remove it"):
        folder.auth_key()


def test_a_damaged_key_is_refused(folder: DataFolder) -> None:
    folder.auth_key()
    (folder.path / "auth.key").write_bytes(b"short")
    with pytest.raises(StorageError, match=r"auth\.key is damaged: remove it"):
        folder.auth_key()


# --- the addresses ---


@pytest.fixture
def long_folder(tmp_path: Path) -> Iterator[DataFolder]:
    folder = DataFolder.open(tmp_path / ("long" * 30))
    yield folder
    folder.remove_short_folder()


@posix_only
def test_sockets_are_in_the_folder_where_its_path_is_short() -> None:
    folder = DataFolder(Path("/short"))
    assert folder.operator_address() == "/short/operator.sock"
    assert folder.safety_address() == "/short/safety.sock"


@posix_only
def test_sockets_of_a_long_path_are_in_a_private_folder_that_all_agree_on(long_folder: DataFolder) -> None:
    address = Path(long_folder.safety_address())
    assert len(os.fsencode(address)) < 104
    assert stat.S_IMODE(address.parent.stat().st_mode) == 0o700
    assert Path(long_folder.operator_address()).parent == address.parent
    assert DataFolder.open(f"{long_folder.path}/.").safety_address() == str(address)
    with start_python(
        "import sys; from benchwright.bench.data_folder import DataFolder;"
        "print(DataFolder.open(sys.argv[1]).safety_address())",
        long_folder.path,
        before=("env", "TMPDIR=/var/tmp", "XDG_RUNTIME_DIR=/run"),
    ) as process:
        assert process.communicate(timeout=20)[0] == f"{address}\n"
    with Listener(str(address), "AF_UNIX"), Client(str(address)):
        pass
    with long_folder.lock():
        assert address.parent.is_dir()
    assert not address.parent.exists(), "the bench takes it away when it ends"


@posix_only
@pytest.mark.parametrize("what", ["open to others", "a link", "a file"])
def test_a_folder_for_sockets_that_is_not_ours_alone_is_refused(
    long_folder: DataFolder, tmp_path: Path, what: str
) -> None:
    place = Path(long_folder.operator_address()).parent
    place.rmdir()
    if what == "open to others":
        place.mkdir()
        place.chmod(0o755)
    elif what == "a link":
        place.symlink_to(tmp_path)
    else:
        place.touch()
    try:
        with pytest.raises(StorageError, match="is not a folder of ours alone"):
            long_folder.operator_address()
    finally:
        place.rmdir() if what == "open to others" else place.unlink()


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="gives a folder to another user")
def test_somebody_elses_folder_for_sockets_is_refused(long_folder: DataFolder) -> None:
    place = Path(long_folder.operator_address()).parent
    os.chown(place, 65534, 65534)
    with pytest.raises(StorageError, match="is not a folder of ours alone"):
        long_folder.operator_address()
