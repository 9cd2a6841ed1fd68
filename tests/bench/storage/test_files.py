import stat
import sys
import threading
from pathlib import Path

import pytest

from benchwright.bench.storage import files
from benchwright.bench.storage.files import replacing, write_atomic
from benchwright.core.errors import StorageError
from tests.bench.storage.helpers import names_in

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="modes and links of POSIX")


def test_a_new_file_and_an_old_one(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    write_atomic(path, b"one")
    assert path.read_bytes() == b"one"
    write_atomic(path, b"")
    assert path.read_bytes() == b""
    assert names_in(tmp_path) == ["settings.toml"]


@posix_only
def test_the_mode_stays_and_a_new_file_has_the_usual_one(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    write_atomic(path, b"one")
    (tmp_path / "usual").touch()
    assert path.stat().st_mode == (tmp_path / "usual").stat().st_mode
    path.chmod(0o640)
    write_atomic(path, b"two")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@posix_only
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target, link = tmp_path / "real" / "file", tmp_path / "link"
    link.symlink_to(target)
    write_atomic(link, b"one")
    write_atomic(link, b"two")
    assert link.is_symlink()
    assert target.read_bytes() == b"two"


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "none" / "file"
    with pytest.raises(StorageError, match="cannot write .*file: No such file or directory"):
        write_atomic(path, b"one")


def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    with pytest.raises(StorageError, match="cannot write"):
        write_atomic(tmp_path / "file", b"one")
    assert names_in(tmp_path) == ["file"]


def test_what_fails_half_way_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomic(path, b"old")

    def fail_half_way() -> None:
        with replacing(path) as temporary:
            temporary.write_bytes(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == ["file"]


def test_an_existing_file_is_kept_where_that_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with replacing(path, overwrite=False) as temporary:
        temporary.write_bytes(b"first")
    with (
        pytest.raises(StorageError, match="file exists already"),
        replacing(path, overwrite=False) as temporary,
    ):
        pytest.fail("nothing is to be written")
    assert path.read_bytes() == b"first"


def test_a_file_that_comes_up_meanwhile_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "file"

    def write_slowly() -> None:
        with replacing(path, overwrite=False) as temporary:
            temporary.write_bytes(b"ours")
            path.write_bytes(b"theirs")

    with pytest.raises(StorageError, match="exists already"):
        write_slowly()
    assert path.read_bytes() == b"theirs"
    assert names_in(tmp_path) == ["file"]


def test_readers_see_the_old_or_the_new_content_never_a_part(tmp_path: Path) -> None:
    path = tmp_path / "file"
    contents = {bytes([letter]) * 300_000 for letter in b"abc"}
    write_atomic(path, b"a" * 300_000)
    ended = threading.Event()

    def write_on_and_on() -> None:
        for _ in range(20):
            for content in contents:
                write_atomic(path, content)
        ended.set()

    writer = threading.Thread(target=write_on_and_on)
    writer.start()
    seen = set()
    while not ended.is_set():
        seen.add(path.read_bytes())
    writer.join()
    assert seen <= contents
    assert len(seen) > 1


def test_a_file_held_open_on_windows_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really_replace, refusals = Path.replace, [PermissionError(13, "in use")] * 3

    def replace(source: Path, target: Path) -> Path:
        if refusals:
            raise refusals.pop()
        return really_replace(source, target)

    monkeypatch.setattr(Path, "replace", replace)
    (tmp_path / "new").write_bytes(b"new")
    files._replace(tmp_path / "new", tmp_path / "file", retry_s=5.0)
    assert (tmp_path / "file").read_bytes() == b"new"
    refusals.append(PermissionError(13, "in use"))
    with pytest.raises(PermissionError):
        files._replace(tmp_path / "file", tmp_path / "new", retry_s=0.0)
