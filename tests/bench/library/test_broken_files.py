"""Any file of the library may be something else than it should be: the rest goes on."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from benchwright.bench.library import ScriptManager
from benchwright.core.errors import BenchwrightError

INSIDE = (
    ".cache",
    ".cache/listing",
    ".versions",
    ".versions/a.lua",
    ".trash",
    ".moves.json",
    ".moving.json",
    ".lock",
)


def garbage(path: Path) -> None:
    path.write_bytes(b"\xff\0garbage")


SPOILT: dict[str, Callable[[Path], object]] = {
    "gone": lambda path: None,
    "garbage": garbage,
    "a folder": lambda path: (path / "deeper").mkdir(parents=True),
    "a dangling link": lambda path: path.symlink_to("nowhere/at/all"),
}


@pytest.mark.parametrize("name", INSIDE)
@pytest.mark.parametrize("kind", SPOILT)
def test_whatever_is_spoilt_inside_hides_no_script(tmp_path: Path, name: str, kind: str) -> None:
    library = ScriptManager(tmp_path / "library")
    library.create("a.lua", "return 1")
    library.create("b.lua", "return 2")
    library.rename("b.lua", "c.lua")
    trashed = library.delete("c.lua")
    library.list()
    path = library.folder / name
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    SPOILT[kind](path)
    again = ScriptManager(library.folder)
    assert [(entry.key, entry.problem) for entry in again.list()] == [("a.lua", "")]
    assert again.load("a.lua").source == "return 1"
    assert again.search("return") == ["a.lua"]
    exported = again.sharing.export(again.path_of("a.lua"))
    for act in (
        lambda: again.versions("a.lua"),
        again.trash,
        lambda: again.restore(trashed.id),
        lambda: again.create("new.lua", "return 3"),
        lambda: again.save("a.lua", "return 4"),
        lambda: again.edit_metadata("a.lua", {"author": "Ada"}),
        lambda: again.duplicate("a.lua"),
        lambda: again.rename("a.lua", "moved.lua"),
        lambda: again.sharing.take(exported, "f", "below"),
        lambda: again.delete("new.lua"),
    ):
        before = {entry.key for entry in again.list()}
        try:
            act()
        except BenchwrightError:  # what cannot be done is said, and nothing was done
            assert {entry.key for entry in again.list()} == before
    assert not any(entry.problem for entry in again.list())


@pytest.mark.parametrize("suffix", [".lua", ".toml"])
def test_a_pipe_holds_nobody_up(tmp_path: Path, suffix: str) -> None:
    library = ScriptManager(tmp_path / "library")
    library.create("a.lua", "return 1")
    library.create("pipe.lua", "return 1", 'name = "pipe"')
    path = (library.folder / "pipe.lua").with_suffix(suffix)
    path.unlink()
    os.mkfifo(path)
    problems = {entry.key: entry.problem for entry in library.list()}
    assert problems == {"a.lua": "", "pipe.lua": f"pipe{suffix} is not a regular file"}
    library.search("return")
    with pytest.raises(BenchwrightError, match="is not a regular file"):
        library.load("pipe.lua")
    with pytest.raises(BenchwrightError, match="is not a regular file"):
        library.sharing.export(library.path_of("pipe.lua"))
    library.delete("pipe.lua")
    assert [entry.key for entry in library.list()] == ["a.lua"]
