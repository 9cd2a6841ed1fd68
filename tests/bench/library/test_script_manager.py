"""The library: what is in it is found, whatever else lies beside it, and what is saved is kept."""

import os
import sys
import time
from pathlib import Path

import pytest

from benchwright.bench.library import ScriptManager
from benchwright.core.errors import MetadataError, ScriptNotFound, StorageError


@pytest.fixture
def library(tmp_path: Path) -> ScriptManager:
    return ScriptManager(tmp_path / "library")


def put(library: ScriptManager, key: str, source: str = "return 1\n", metadata: str | None = None) -> Path:
    path = library.folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, "utf-8")
    if metadata is not None:
        path.with_suffix(".toml").write_text(metadata, "utf-8")
    return path


def keys(library: ScriptManager) -> list[str]:
    return [entry.key for entry in library.list()]


def test_a_library_that_is_not_there_is_empty_and_not_made(library: ScriptManager) -> None:
    assert library.list() == []
    assert not library.folder.exists()


def test_scripts_are_listed_with_what_their_metadata_says(library: ScriptManager) -> None:
    put(library, "scan.lua")
    put(library, "optics/align.py", metadata='name = "Align"\ntags = ["optics"]\ndescription = "Turns."')
    align, scan = library.list()
    assert (align.key, align.folder, align.stem, align.language) == (
        "optics/align.py",
        "optics",
        "align",
        "python",
    )
    assert (align.name, align.tags, align.description, align.problem) == ("Align", ("optics",), "Turns.", "")
    assert (scan.key, scan.name, scan.folder) == ("scan.lua", "scan", "")


def test_what_is_broken_is_listed_with_its_problem_and_hides_nothing(library: ScriptManager) -> None:
    put(library, "good.lua")
    put(library, "toml.lua", metadata="name = [")
    put(library, "unknown.lua", metadata='permissions = ["root"]')
    put(library, "needs.lua", metadata='dependencies = ["absent"]')
    put(library, "latin.lua").write_bytes(b"-- 90\xb0\n")
    put(library, "binary.lua").write_bytes(b"\0\1\2")
    put(library, "latin_toml.lua").with_suffix(".toml").write_bytes(b'name = "\xb0"')
    (library.folder / "folder.lua").mkdir()
    (library.folder / "alone.toml").write_text("")
    (library.folder / "dangling.lua").symlink_to("nowhere")
    problems = {entry.key: entry.problem for entry in library.list()}
    assert problems.pop("good.lua") == ""
    assert "toml.toml:1" in problems["toml.lua"]
    assert "root" in problems["unknown.lua"]
    assert "absent" in problems["needs.lua"]
    assert "not UTF-8" in problems["latin.lua"]
    assert "not a text file" in problems["binary.lua"]
    assert "not UTF-8" in problems["latin_toml.lua"]
    assert "folder" in problems["folder.lua"]
    assert "no script beside" in problems["alone.toml"]
    assert "cannot be read" in problems["dangling.lua"]
    assert not any(str(library.folder) in problem for problem in problems.values())


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_folder_is_told(library: ScriptManager) -> None:
    put(library, "good.lua")
    put(library, "locked/hidden.lua")
    (library.folder / "locked").chmod(0)
    try:
        assert {entry.key: bool(entry.problem) for entry in library.list()} == {
            "good.lua": False,
            "locked": True,
        }
    finally:
        (library.folder / "locked").chmod(0o700)


def test_changes_from_outside_are_seen_and_another_process_reads_the_cache(library: ScriptManager) -> None:
    path = put(library, "scan.lua", metadata='name = "A"')
    old = time.time() - 60
    for each in (path, path.with_suffix(".toml")):
        os.utime(each, (old, old))
    assert library.list()[0].name == "A"
    assert ScriptManager(library.folder).list() == library.list()
    path.with_suffix(".toml").write_text('name = "B"')
    assert library.list()[0].name == "B"
    path.with_suffix(".toml").unlink()
    assert library.list()[0].name == "scan"
    path.unlink()
    assert library.list() == []


def test_a_damaged_cache_is_no_harm(library: ScriptManager) -> None:
    put(library, "scan.lua")
    library.list()
    for path in (library.folder / ".cache").iterdir():
        path.write_bytes(b"\xc1nonsense")
    assert [entry.key for entry in ScriptManager(library.folder).list()] == ["scan.lua"]


def test_find_takes_keys_stems_and_names(library: ScriptManager) -> None:
    put(library, "optics/scan.lua", metadata='name = "Malus scan"')
    put(library, "power/scan.lua")
    assert library.find("optics/scan.lua") == library.find("optics/scan") == library.find("Malus scan")
    with pytest.raises(ScriptNotFound, match="2 scripts are called 'scan': optics/scan.lua, power/scan.lua"):
        library.find("scan")
    with pytest.raises(ScriptNotFound, match="did you mean power/scan.lua"):
        library.find("power/scam.lua")


@pytest.mark.parametrize(
    "key",
    ["../evil.lua", "/etc/evil.lua", "a//b.lua", ".hidden.lua", "a/../b.lua", "con.lua", "a.txt", "a\\b.lua",
     "a\0.lua", "a\n.lua", "x" * 200 + ".lua", "/".join(["a"] * 20) + ".lua", "", "C:x.lua", " a.lua"],
)  # fmt: skip
def test_names_that_lead_elsewhere_are_refused(library: ScriptManager, tmp_path: Path, key: str) -> None:
    with pytest.raises(StorageError):
        library.save(key, "return 1")
    with pytest.raises(ScriptNotFound):
        library.load(key)
    assert list(tmp_path.iterdir()) == []


def test_every_saved_version_is_kept(library: ScriptManager) -> None:
    library.create("scan.lua", "one", 'name = "A"')
    library.save("scan.lua", "two")
    library.save("scan.lua", "two")  # nothing new
    (library.folder / "scan.lua").write_text("from outside")
    library.save("scan.lua", "three", 'name = "B"')
    assert len(library.versions("scan.lua")) == 4
    assert library.load("scan.lua").source == "three"
    assert library.load("scan.lua").metadata.name == "B"


def test_what_cannot_be_saved_changes_nothing(library: ScriptManager) -> None:
    library.create("scan.lua", "one", 'name = "A"')
    with pytest.raises(MetadataError, match="permissions"):
        library.save("scan.lua", "two", 'permissions = ["root"]')
    with pytest.raises(StorageError, match="already"):
        library.create("scan.lua", "two")
    assert library.load("scan.lua").source == "one"
    assert len(library.versions("scan.lua")) == 1


def test_search_looks_at_names_tags_descriptions_and_text(library: ScriptManager) -> None:
    put(library, "optics/scan.lua", "motor:move()", 'tags = ["polariser"]\ndescription = "Follows Malus"')
    put(library, "power/sweep.lua", "supply:set()", 'name = "Battery"')
    assert library.search("SCAN") == library.search("#polar") == library.search("malus optics")
    assert library.search("scan") == ["optics/scan.lua"]
    assert library.search("battery set()") == ["power/sweep.lua"]
    assert library.search("malus battery") == []
    assert len(library.search("")) == 2
    put(library, "power/sweep.lua", "changed()")
    assert library.search("changed") == ["power/sweep.lua"]


def test_nothing_is_written_in_a_folder_that_is_only_read(library: ScriptManager) -> None:
    put(library, "scan.lua")
    shipped = ScriptManager(library.folder, read_only=True)
    assert len(shipped.list()) == 1
    with pytest.raises(StorageError, match="copy them"):
        shipped.save("scan.lua", "changed")
    assert [path.name for path in library.folder.iterdir()] == ["scan.lua"]


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_are_followed_but_not_in_circles(library: ScriptManager, tmp_path: Path) -> None:
    put(library, "own.lua")
    shared = ScriptManager(tmp_path / "shared")
    put(shared, "deep/common.lua")
    (shared.folder / "deep" / "back").symlink_to(shared.folder)
    (library.folder / "shared").symlink_to(shared.folder)
    (library.folder / "again").symlink_to(shared.folder)
    for name in "abc":
        (library.folder / name).symlink_to(library.folder)
        (library.folder / f"up-{name}").symlink_to(tmp_path)
    found = set(keys(library))
    assert found in ({"own.lua", "shared/deep/common.lua"}, {"own.lua", "again/deep/common.lua"})


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take no such names")
def test_names_that_other_systems_do_not_take_are_told(library: ScriptManager) -> None:
    put(library, "good.lua")
    put(library, "a:b.lua")
    Path(os.fsdecode(os.fsencode(library.folder) + b"/\xff.lua")).write_text("return 1")
    problems = {entry.key: entry.problem for entry in library.list()}
    assert problems["good.lua"] == ""
    assert "holds ':'" in problems["a:b.lua"]
    assert "not UTF-8" in problems["\\udcff.lua"]
    assert [entry.problem for entry in ScriptManager(library.folder).list()] == list(problems.values())
