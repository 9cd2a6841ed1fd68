"""What a script needs is found by the same rules on disk and in the list of the library."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchwright.bench.library import ScriptManager
from benchwright.bench.scripts.dependencies import MAX_DEPENDENCIES
from benchwright.bench.scripts.script_file import read_script
from benchwright.core.errors import MetadataError

Tree = Mapping[str, tuple[str, ...] | str]


def plant(folder: Path, tree: Tree) -> None:
    """Make scripts: what each needs by its file, or its whole metadata."""
    for file, needs in tree.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"-- {file}")
        listed = ", ".join(f'"{each}"' for each in needs) if isinstance(needs, tuple) else ""
        text = needs if isinstance(needs, str) else f"# what {file} needs\ndependencies = [{listed}]\n"
        path.with_suffix(".toml").write_text(text)


FOUND: dict[str, tuple[Tree, dict[str, str]]] = {
    "beside": ({"a/scan.lua": ("fit",), "a/fit.lua": (), "fit.lua": ()}, {"fit": "a/fit.lua"}),
    "only one": ({"a/scan.lua": ("fit",), "b/c/fit.lua": ()}, {"fit": "b/c/fit.lua"}),
    "of the language": ({"a/scan.lua": ("fit",), "a/fit.py": (), "fit.lua": ()}, {"fit": "fit.lua"}),
    "transitive": (
        {"a/scan.lua": ("fit",), "b/fit.lua": ("math2", "peak"), "b/peak.lua": ("math2",), "math2.lua": ()},
        {"fit": "b/fit.lua", "peak": "b/peak.lua", "math2": "math2.lua"},
    ),
    "new enough": (
        {"a/scan.lua": ("fit >= 1.2", "fit >= 0.9"), "fit.lua": 'version = "1.10"'},
        {"fit": "fit.lua"},
    ),
    "a version by default": ({"a/scan.lua": ("fit >= 1",), "fit.lua": ()}, {"fit": "fit.lua"}),
}


@pytest.mark.parametrize("case", FOUND)
def test_what_is_needed_is_found(tmp_path: Path, case: str) -> None:
    tree, places = FOUND[case]
    plant(tmp_path, tree)
    script = read_script(tmp_path / "a/scan.lua", tmp_path)
    assert {name: path.relative_to(tmp_path).as_posix() for name, path in script.places.items()} == places
    assert script.dependencies == {name: f"-- {file}" for name, file in places.items()}
    assert [entry.problem for entry in ScriptManager(tmp_path).list()] == [""] * len(tree)


REFUSED: dict[str, tuple[Tree, str]] = {
    "missing": (
        {"a/scan.lua": ("fit",)},
        "a/scan.toml: scan.lua needs fit: there is no fit.lua beside scan.lua or in the library",
    ),
    "missing further down": (
        {"a/scan.lua": ("fit",), "b/fit.lua": ("peak", "gone"), "b/peak.lua": ()},
        "b/fit.toml: scan.lua needs fit.lua, which needs gone: there is no gone.lua beside fit.lua",
    ),
    "itself": ({"a/scan.lua": ("scan",)}, "a/scan.toml: scan.lua needs scan.lua: that is a circle"),
    "a circle": (
        {"a/scan.lua": ("fit",), "fit.lua": ("peak",), "b/peak.lua": ("fit",)},
        "b/peak.toml: scan.lua needs fit.lua, which needs peak.lua, which needs fit.lua: that is a circle",
    ),
    "too old": (
        {"a/scan.lua": ("fit",), "fit.lua": ("peak >= 1.10",), "b/peak.lua": 'version = "1.9.5"'},
        "fit.toml: scan.lua needs fit.lua, which needs peak >= 1.10: b/peak.lua is version 1.9.5",
    ),
    "without an order": (
        {"a/scan.lua": ("fit >= 1",), "fit.lua": 'version = "beta"'},
        "a/scan.toml: scan.lua needs fit >= 1: fit.lua has version 'beta', which is no number such as 1.2",
    ),
    "ambiguous, one at the top": (
        {"a/scan.lua": ("fit",), "b/fit.lua": (), "fit.lua": ()},
        "a/scan.toml: scan.lua needs fit: the library has b/fit.lua and fit.lua; put the one that is meant",
    ),
    "ambiguous": (
        {"a/scan.lua": ("fit",), "b/fit.lua": (), "c/fit.lua": ()},
        "a/scan.toml: scan.lua needs fit: the library has b/fit.lua and c/fit.lua; put the one that is meant",
    ),
    "another language": (
        {"a/scan.lua": ("fit",), "b/fit.py": ()},
        "a/scan.toml: scan.lua needs fit: fit.py is a Python script, of no use to scan.lua",
    ),
    "one name for two": (
        {"a/scan.lua": ("fit", "peak"), "a/peak.lua": (), "b/fit.lua": ("peak",), "b/peak.lua": ()},
        "a/scan.toml: scan.lua needs peak: another script of this run needs b/peak.lua, and",
    ),
    "the name of the script itself": (
        {"a/scan.lua": ("fit",), "b/fit.lua": ("scan",), "b/scan.lua": ()},
        "b/fit.toml: scan.lua needs fit.lua, which needs scan: another script of this run needs",
    ),
    "broken": (
        {"a/scan.lua": ("fit",), "fit.lua": "tags = 3"},
        "a/scan.toml: scan.lua needs fit.lua: it cannot be used: fit.toml:1: tags: must be a list of texts",
    ),
    "too many": (
        {"a/scan.lua": tuple(f"m{n}" for n in range(MAX_DEPENDENCIES + 1))}
        | {f"m{n}.lua": () for n in range(MAX_DEPENDENCIES + 1)},
        f"a/scan.toml: scan.lua needs m{MAX_DEPENDENCIES}: a script can need {MAX_DEPENDENCIES} others",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_used_names_chain_and_file(tmp_path: Path, case: str) -> None:
    tree, sentence = REFUSED[case]
    plant(tmp_path, tree)
    file, _, why = sentence.partition(": ")
    with pytest.raises(MetadataError) as raised:
        read_script(tmp_path / "a/scan.lua", tmp_path)
    told = raised.value.message.replace(f"{tmp_path}{os.sep}", "")
    assert told.startswith(f"{file}:2: dependencies[")
    assert f"]: {why}" in told
    assert (raised.value.file, raised.value.file_line) == (str(tmp_path / file), 2)
    problems = {entry.key: entry.problem for entry in ScriptManager(tmp_path).list()}
    assert problems["a/scan.lua"].startswith(f"{file}: dependencies[")
    assert f"]: {why}" in problems["a/scan.lua"]


def test_a_script_from_elsewhere_finds_what_it_needs_beside_it_and_in_the_library(tmp_path: Path) -> None:
    library, desk = tmp_path / "library", tmp_path / "desk"
    plant(library, {"b/fit.lua": ("peak",), "peak.lua": (), "b/near.lua": ()})
    plant(desk, {"scan.lua": ("near", "fit"), "near.lua": ()})
    script = read_script(desk / "scan.lua", library)
    assert script.places == {
        "near": desk / "near.lua",
        "fit": library / "b/fit.lua",
        "peak": library / "peak.lua",
    }
    assert script.requires == {"": ("near", "fit"), "near": (), "fit": ("peak",), "peak": ()}
    with pytest.raises(MetadataError, match=r"there is no fit\.lua"):
        read_script(desk / "scan.lua")
    with pytest.raises(MetadataError, match=r"there is no fit\.lua"):
        read_script(desk / "scan.lua", tmp_path / "absent")


def test_a_link_to_a_folder_makes_no_second_script_of_one(tmp_path: Path) -> None:
    plant(tmp_path / "shared", {"fit.lua": ("peak",), "peak.lua": ()})
    plant(tmp_path / "library", {"scan.lua": ("fit", "peak")})
    (tmp_path / "library" / "linked").symlink_to(tmp_path / "shared")
    script = read_script(tmp_path / "library" / "scan.lua", tmp_path / "library")
    assert sorted(script.dependencies) == ["fit", "peak"]


def test_the_hash_covers_all_that_runs(tmp_path: Path) -> None:
    plant(tmp_path, {"scan.lua": ("fit",), "fit.lua": ("peak",), "peak.lua": (), "other.lua": ()})
    before = read_script(tmp_path / "scan.lua", tmp_path).content_hash
    (tmp_path / "other.lua").write_text("-- changed")
    assert read_script(tmp_path / "scan.lua", tmp_path).content_hash == before
    (tmp_path / "peak.lua").write_text("-- changed")
    assert read_script(tmp_path / "scan.lua", tmp_path).content_hash != before


def test_what_is_read_together_is_bounded(tmp_path: Path) -> None:
    names = tuple(f"m{n}" for n in range(5))
    plant(tmp_path, {"scan.lua": names, **{f"{name}.lua": () for name in names}})
    for name in names:
        (tmp_path / f"{name}.lua").write_text("-" * 3_500_000)
    with pytest.raises(MetadataError, match="larger than 16 MB together"):
        read_script(tmp_path / "scan.lua")
