"""Every example of docs/scripting.md is checked and runs as it stands."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchwright.core.errors import PermissionDenied
from benchwright.core.permissions import ALL_PERMISSIONS, MEANINGS
from benchwright.core.run_states import RunState
from benchwright.engines.host_api import HOST_FUNCTIONS
from tests.docs.documents import DOCS, examples, named
from tests.docs.running import SUFFIXES, run
from tests.helpers.cli import ServedBench, run_cli, served_bench

SCRIPTS = named(examples("scripting.md", *SUFFIXES))
(METADATA,) = examples("scripting.md", "toml")
TEXT = (DOCS / "scripting.md").read_text("utf-8")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedBench]:
    with served_bench(tmp_path_factory.mktemp("data")) as bench:
        yield bench


def write(folder: Path, name: str) -> Path:
    """Write an example as a script; one that takes parameters gets the metadata of the document."""
    example = SCRIPTS[name]
    path = folder / f"{name}{SUFFIXES[example.language]}"
    path.write_text(example.text, "utf-8")
    if "params." in example.text:
        path.with_suffix(".toml").write_text(METADATA.text, "utf-8")
    return path


@pytest.mark.parametrize("name", SCRIPTS)
def test_it_runs(bench: ServedBench, tmp_path: Path, name: str) -> None:
    finished = run(bench, write(tmp_path, name))
    assert finished.error is None
    assert finished.outcome is RunState.COMPLETED
    assert finished.rows > 0 or "record" not in SCRIPTS[name].text


def test_all_validate(tmp_path: Path) -> None:
    done = run_cli("script", "validate", *(write(tmp_path, name) for name in SCRIPTS), "--json")
    (deliberate,) = done.events
    assert (deliberate["code"], "set_voltage(-1)" in SCRIPTS[Path(deliberate["file"]).stem].text) == (
        "argument_range",
        True,
    )


def test_a_library_script_is_used(bench: ServedBench, tmp_path: Path) -> None:
    (tmp_path / "scan.toml").write_text('dependencies = ["optics"]\n')
    (tmp_path / "optics.lua").write_text(
        "return { malus = function(a) return math.cos(math.rad(a)) ^ 2 end }"
    )
    (tmp_path / "optics.py").write_text("import math\ndef malus(a): return math.cos(math.radians(a)) ** 2")
    for name, source in (
        ("scan.lua", 'return require("optics").malus(60)'),
        ("scan.py", "import optics\nresult = optics.malus(60)"),
    ):
        (tmp_path / name).write_text(source)
        assert run(bench, tmp_path / name).result == pytest.approx(0.25)


def test_metadata_without_permissions_asks_for_reading_alone(bench: ServedBench, tmp_path: Path) -> None:
    (tmp_path / "scan.lua").write_text("system_info()")
    (tmp_path / "scan.toml").write_text("")
    error = run(bench, tmp_path / "scan.lua").error
    assert error is not None
    assert error.code == PermissionDenied.code


def test_the_page_names_every_function_and_permission() -> None:
    for name in HOST_FUNCTIONS:
        assert f"`{name}(" in TEXT or f"`{name}{{" in TEXT, name
    for permission in ALL_PERMISSIONS:
        assert f"| `{permission}` |" in TEXT
    assert set(MEANINGS) == ALL_PERMISSIONS
