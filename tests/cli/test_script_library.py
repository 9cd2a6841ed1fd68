"""`benchwright script list`, `show`, `new`, `import` and `export`, and running by name."""

import os
import sys
from pathlib import Path

import pytest

from benchwright.bench.library import ScriptManager
from benchwright.bench.scripts.repetition import repetition
from benchwright.bench.storage.run_store import RunStore
from tests.helpers.cli import Done, run_cli, served_bench
from tests.helpers.records import keep_runs


@pytest.fixture
def library(tmp_path: Path) -> ScriptManager:
    made = ScriptManager(tmp_path / "data" / "library")
    made.create("optics/scan.lua", 'print("scanning")\nreturn params.turns\n', METADATA)
    return made


METADATA = (
    'name = "Malus scan"\ntags = ["optics"]\npermissions = ["device:read"]\n[parameters.turns]\ndefault = 3\n'
)


def script(library: ScriptManager, *arguments: str | Path, json: bool = True) -> Done:
    more = ("--data-dir", library.folder.parent, *(("--json",) if json else ()))
    return run_cli("script", *arguments, *more)


def test_a_library_script_runs_by_its_name_and_its_runs_are_counted(library: ScriptManager) -> None:
    with served_bench(library.folder.parent) as bench:
        for name in ("optics/scan", "Malus scan", "scan"):
            done = bench.run("script", "run", name, "--param", "turns=5", "--json")
            assert done.code == 0, done.stderr
            assert done.last["result"] == 5
    library.rename("optics/scan.lua", "optics/malus.lua")
    assert script(library, "history", "malus").fields("run", "outcome") == ["completed"] * 3
    assert len(script(library, "history", "malus", "--limit", "2").events) == 2
    listed = script(library, "list").last
    assert (listed["key"], listed["runs"], listed["status"]) == ("optics/malus.lua", 3, "completed")
    assert listed["tags"] == ["optics"]


def test_an_unknown_name_says_what_there_is(library: ScriptManager) -> None:
    done = script(library, "run", "optics/scam")
    assert done.code == 2
    assert "did you mean optics/scan" in done.stderr
    assert "there is no file nothing.lua" in script(library, "run", "nothing.lua").stderr


def test_list_shows_problems_and_searches(library: ScriptManager) -> None:
    (library.folder / "broken.lua").write_text("return 1")
    (library.folder / "broken.toml").write_text("tags = 3")
    plain = script(library, "list", json=False)
    assert plain.code == 0
    assert "broken.toml:1: tags: must be a list of texts" in plain.stdout
    assert script(library, "list", "#optics", "scanning").fields("script", "key") == ["optics/scan.lua"]
    assert script(library, "list", "no such", json=False).stderr == "nothing found\n"


def test_show_tells_and_prints_the_source(library: ScriptManager) -> None:
    assert "Malus scan" in script(library, "show", "scan", json=False).stdout
    assert len(script(library, "show", "scan").last["versions"]) == 1
    assert script(library, "show", "scan", "--source", json=False).stdout.startswith('print("scanning")')


def test_a_script_that_its_runs_show_to_be_bad_is_flagged(library: ScriptManager) -> None:
    keep_runs(library.folder.parent, library.folder / "optics/scan.lua", 2, was_killed=True)
    sentence = "it did not leave when asked and was killed, in 2 of the last 2 runs"
    assert sentence in script(library, "list", json=False).stdout
    assert f"run problem   {sentence}" in script(library, "show", "scan", json=False).stdout
    for command in (("list",), ("show", "scan")):
        (problem,) = script(library, *command).last["run_problems"]
        assert (problem["kind"], problem["text"]) == ("killed", sentence)
        assert problem["run_id"] in script(library, "history", "scan").fields("run", "run_id")


def test_new_makes_scripts_and_refuses_taken_names(library: ScriptManager, tmp_path: Path) -> None:
    assert script(library, "new", "power/sweep", "--language", "python").last["key"] == "power/sweep.py"
    file = tmp_path / "mine.lua"
    file.write_text("return 7")
    assert script(library, "new", "mine", "--from", file).code == 0
    assert library.text_of("mine.lua").source == "return 7"
    file.with_suffix(".py").write_text("result = 7")
    assert script(library, "new", "ours", "--from", file.with_suffix(".py")).last["key"] == "ours.py"
    for arguments in (("theirs.lua",), ("theirs", "--language", "lua")):
        assert script(library, "new", *arguments, "--from", file.with_suffix(".py")).code == 2
    again = script(library, "new", "mine", json=False)
    assert (again.code, "already" in again.stderr) == (2, True)
    assert script(library, "new", "../evil").code == 2
    assert "there is no file gone.lua" in script(library, "new", "x", "--from", "gone.lua", json=False).stderr
    assert script(library, "new", "x.lua", "--language", "python").code == 2


def test_a_script_is_exported_and_imported(library: ScriptManager, tmp_path: Path) -> None:
    file = tmp_path / "scan.toml"
    assert script(library, "export", "scan", "-o", file).last["path"] == str(file)
    again = script(library, "export", "scan", "-o", file)
    assert (again.code, again.stderr) == (
        2,
        f"error: {file} exists already and is not overwritten; name another file\n",
    )
    other = ScriptManager(tmp_path / "other" / "library")
    done = script(other, "import", file, "--folder", "from ada", json=False)
    assert done.code == 0, done.stderr
    assert "granted nothing" in done.stderr
    assert other.text_of("from ada/scan.lua") == library.text_of("optics/scan.lua")
    file.write_text(file.read_text().replace("device:read", "device:control"))
    refused = script(other, "import", file)
    assert (refused.code, refused.last["code"]) == (2, "import_refused")
    assert len(other.list()) == 1


NEEDY = 'permissions = ["device:read"]\ndependencies = ["fit >= 1.2"]\n'


@pytest.mark.skipif(sys.platform == "win32", reason="its files have no holes")
def test_of_a_huge_file_no_more_is_read_than_tells_so(library: ScriptManager, tmp_path: Path) -> None:
    file = tmp_path / "huge.script.toml"
    file.touch()
    os.truncate(file, 2**40)
    done = script(library, "import", file, json=False)
    assert (done.code, done.stderr) == (2, "error: huge.script.toml is larger than 32 MB\n")


def test_a_script_from_elsewhere_runs_with_what_the_library_has(
    library: ScriptManager, tmp_path: Path
) -> None:
    library.create("optics/fit.lua", 'return require("peak") + 1', 'dependencies = ["peak"]\nversion = "1.2"')
    library.create("peak.lua", "return 41")
    (tmp_path / "main.lua").write_text('return require("fit")')
    (tmp_path / "main.toml").write_text(NEEDY)
    done = script(library, "run", tmp_path / "main.lua")
    assert done.code == 0, done.stderr
    assert done.last["result"] == 42
    shown = run_cli("runs", "show", done.last["run_id"], "--json", "--data-dir", library.folder.parent)
    assert shown.last["dependencies"] == {
        "fit": 'return require("peak") + 1',
        "peak": "return 41",
    }
    (tmp_path / "main.lua").write_text('return\nrequire("peak")')
    done = script(library, "run", tmp_path / "main.lua")
    again = repetition(RunStore(library.folder.parent), done.last["run_id"])
    assert again.request.requires == again.script.requires == {"": ("fit",), "fit": ("peak",), "peak": ()}
    assert (done.code, done.last["error"]["line"]) == (1, 2)
    assert "no dependency 'peak' declared in main.toml" in done.last["error"]["message"]
    found = script(library, "validate", tmp_path / "main.lua")
    assert (found.code, found.last["code"], found.last["line"]) == (1, "unknown_name", 2)


def test_nothing_is_run_where_a_script_is_missing_or_too_old(library: ScriptManager, tmp_path: Path) -> None:
    library.create("main.lua", "return 1", NEEDY)
    chain = "main.toml{}: dependencies[0]: main.lua needs fit"
    for why in (": there is no fit.lua beside main.lua or in the library", " >= 1.2: "):
        sentence = f"{chain.format(':2')}{why}"
        for command in (("run", "main"), ("validate", library.folder / "main.lua")):
            done = script(library, *command)
            assert done.code == 2
            assert sentence in done.stderr
            assert "Traceback" not in done.stderr
        listed = {each["key"]: each["problem"] for each in script(library, "list").events}
        assert listed["main.lua"].startswith(f"{chain.format('')}{why}")
        (library.folder / "fit.lua").write_text("return 1")  # version 1.0.0: it says none
    assert not (library.folder.parent / "runs").exists()


def test_an_import_that_lacks_something_says_so(library: ScriptManager, tmp_path: Path) -> None:
    library.create("main.lua", 'return require("fit")', NEEDY)
    library.create("fit.lua", "return 7", 'version = "2.0"')
    for name, more in (("alone", ()), ("whole", ("--with-dependencies",))):
        file = tmp_path / f"{name}.toml"
        assert script(library, "export", "main", "-o", file, *more).code == 0
        other = ScriptManager(tmp_path / name / "library")
        done = script(other, "import", file, json=False)
        assert done.code == 0
        assert ("it cannot be run yet" in done.stderr) == (name == "alone")
    assert script(other, "run", "main").last["result"] == 7
