"""What a check says of the library scripts that a script needs."""

from pathlib import Path

import pytest

from benchwright.bench.scripts.script_check import check_script
from benchwright.bench.scripts.script_file import read_script

FILES = {
    "lua": ('local one = require("one")\nprint(one)', "return 1", "return require('two')", "return (1"),
    "py": ("import one\nprint(one)", "X = 1", "import two", "X = (1"),
}


def write(folder: Path, suffix: str, name: str, text: str, *needs: str) -> Path:
    (folder / f"{name}.toml").write_text(f"dependencies = {list(needs)}\n")
    path = folder / f"{name}.{suffix}"
    path.write_text(text)
    return path


def found(path: Path) -> list[tuple[int, str, str]]:
    return [(each.line, each.code, each.message) for each in check_script(read_script(path), {})]


@pytest.mark.parametrize("suffix", FILES)
def test_a_module_that_is_not_valid_is_told_where_it_is_required(tmp_path: Path, suffix: str) -> None:
    main, good, _, bad = FILES[suffix]
    write(tmp_path, suffix, "one", good)
    path = write(tmp_path, suffix, "main", main, "one")
    assert found(path) == []
    write(tmp_path, suffix, "one", bad)
    [(line, code, message)] = found(path)
    assert (line, code) == (1, "compilation_error")
    assert message.startswith(f"module 'one' is not valid: one.{suffix}:1:")


@pytest.mark.parametrize("suffix", FILES)
def test_so_is_one_that_needs_such_a_module(tmp_path: Path, suffix: str) -> None:
    main, _, link, bad = FILES[suffix]
    write(tmp_path, suffix, "two", bad)
    write(tmp_path, suffix, "one", link, "two")
    [(line, _, message)] = found(write(tmp_path, suffix, "main", main, "one"))
    assert (line, message.split(":1:")[0]) == (1, f"module 'one' is not valid: two.{suffix}")
