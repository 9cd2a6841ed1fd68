"""The reference pages are what the code says today, and every example of a function runs."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from benchwright.core.run_states import RunState
from benchwright.engines.host_api import HOST_FUNCTIONS
from tests.docs.documents import DOCS
from tests.docs.running import SUFFIXES, run
from tests.helpers.cli import ServedBench, run_cli, served_bench


def load_script(name: str) -> ModuleType:
    """Import one of the scripts in packaging/, a name that a package has, too."""
    spec = importlib.util.spec_from_file_location(name, DOCS.parent / "packaging" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make_reference = load_script("make_reference")
ENTRIES = make_reference.function_entries()
EXAMPLES = [(name, language) for name, entry in ENTRIES.items() for language in SUFFIXES if language in entry]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedBench]:
    with served_bench(tmp_path_factory.mktemp("data")) as bench:
        yield bench


def write(folder: Path, name: str, language: str) -> Path:
    """Write an example as a script, with its metadata and the library scripts that it needs."""
    entry: dict[str, Any] = ENTRIES[name]
    path = folder / f"example{SUFFIXES[language]}"
    path.write_text(entry[language], "utf-8")
    if "metadata" in entry:
        path.with_suffix(".toml").write_text(entry["metadata"], "utf-8")
    for library, texts in entry.get("library", {}).items():
        (folder / f"{library}{SUFFIXES[language]}").write_text(texts[language], "utf-8")
    return path


@pytest.mark.parametrize("page", make_reference.pages())
def test_a_page_is_up_to_date(page: str) -> None:
    made = make_reference.pages()[page]
    assert (DOCS / page).read_text("utf-8") == made, "make reference"


@pytest.mark.parametrize(("name", "language"), EXAMPLES, ids=["-".join(each) for each in EXAMPLES])
def test_an_example_runs(bench: ServedBench, tmp_path: Path, name: str, language: str) -> None:
    finished = run(bench, write(tmp_path, name, language))
    expected = ENTRIES[name].get("outcome", "completed")
    if expected == RunState.EMERGENCY_STOPPED:
        assert run_cli("estop", "--reset", "--data-dir", bench.data_dir).code == 0
    assert finished.outcome == expected, finished.error


@pytest.mark.parametrize("language", SUFFIXES)
def test_the_examples_validate(tmp_path: Path, language: str) -> None:
    scripts = []
    for name, each in EXAMPLES:
        if each == language:
            folder = tmp_path / name
            folder.mkdir()
            scripts.append(write(folder, name, language))
    assert run_cli("script", "validate", *scripts, "--json").events == []


def test_every_function_has_an_example_in_both_languages() -> None:
    assert not [name for name in HOST_FUNCTIONS if not ENTRIES[name].keys() >= set(SUFFIXES)]
