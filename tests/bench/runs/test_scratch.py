"""The scratch folder: what counts, what is over, and that nothing a script leaves there stays."""

import os
from pathlib import Path

import pytest

from benchwright.bench.runs.scratch import ENTRY_BYTES, ScratchFolder, remove_tree, used_bytes
from benchwright.core.errors import ResourceLimitExceeded, StorageError

ENOUGH = 10**9


def test_files_count_by_what_they_take_and_empty_ones_too(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "full").write_bytes(b"x" * 100_000)
    (tmp_path / "empty").touch()
    assert 100_000 + 2 * ENTRY_BYTES <= used_bytes(tmp_path, ENOUGH) < 150_000 + 2 * ENTRY_BYTES


def test_counting_ends_once_it_is_enough(tmp_path: Path) -> None:
    for number in range(10):
        (tmp_path / str(number)).touch()
    assert used_bytes(tmp_path, ENTRY_BYTES) == 2 * ENTRY_BYTES


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "kept").write_text("kept")
    scratch = ScratchFolder(tmp_path / "scratch", 1)
    scratch.make()
    (scratch.path / "link").symlink_to(tmp_path / "outside")
    assert used_bytes(scratch.path, ENOUGH) == ENTRY_BYTES
    scratch.remove()
    assert not scratch.path.exists()
    assert (tmp_path / "outside" / "kept").read_text() == "kept"


def test_too_much_ends_the_run_and_names_the_limit(tmp_path: Path) -> None:
    scratch = ScratchFolder(tmp_path / "scratch", 0.5)
    scratch.make()
    scratch.check()
    (scratch.path / "big").write_bytes(b"x" * 2**20)
    with pytest.raises(ResourceLimitExceeded, match=r"max_scratch_mb = 0\.5"):
        scratch.check()


def test_looking_again_waits(tmp_path: Path) -> None:
    scratch = ScratchFolder(tmp_path / "scratch", 0.5)
    scratch.make()
    scratch.check_now_and_then(None)
    (scratch.path / "big").write_bytes(b"x" * 2**20)
    scratch.check_now_and_then(None)


def test_a_folder_deeper_than_any_path_is_too_much_and_is_removed(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    try:
        deep = here
        for _ in range(3000):
            os.mkdir("d", dir_fd=deep)
            below = os.open("d", os.O_RDONLY, dir_fd=deep)
            if deep != here:
                os.close(deep)
            deep = below
        os.close(deep)
    finally:
        os.close(here)
    assert used_bytes(tmp_path, ENOUGH) > ENOUGH
    remove_tree(tmp_path / "d")
    assert list(tmp_path.iterdir()) == []


def test_modes_keep_nothing_from_being_removed(tmp_path: Path) -> None:
    scratch = ScratchFolder(tmp_path / "scratch", 1)
    scratch.make()
    for name in ("a", "b"):
        folder = scratch.path / name / "inner" / "innermost"
        folder.mkdir(parents=True)
        (folder / "file").write_text("x")
        folder.chmod(0o300)
        folder.parent.chmod(0o100)
    scratch.remove()
    assert not scratch.path.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root looks into every folder")
def test_a_folder_that_nobody_can_look_into_is_too_much(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o300)
    assert used_bytes(tmp_path, ENOUGH) > ENOUGH


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot make the folder"):
        ScratchFolder(tmp_path / "file" / "scratch", 1).make()


def test_removing_what_is_not_there_is_no_error(tmp_path: Path) -> None:
    ScratchFolder(tmp_path / "scratch", 1).remove()
