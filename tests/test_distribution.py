"""What `pip install benchwright` brings: the package, its resources, the command, and no Qt."""

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

from benchwright.core.resource_paths import resource_path

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=50)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as built:
        yield built


def read_metadata(wheel: zipfile.ZipFile) -> Message:
    name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return Parser().parsestr(wheel.read(name).decode())


def test_an_installation_without_extras_is_free_of_qt_and_numpy(wheel: zipfile.ZipFile) -> None:
    requirements = read_metadata(wheel).get_all("Requires-Dist", [])
    core = [requirement for requirement in requirements if "extra ==" not in requirement]
    assert any(requirement.startswith("lupa") for requirement in core)
    for word in ("pyside", "shiboken", "scintilla", "pyqtgraph", "qasync", "numpy", "h5py"):
        assert not any(requirement.lower().startswith(word) for requirement in core)


def test_the_wheel_has_the_command_and_its_types(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    entry_points = next(name for name in names if name.endswith("entry_points.txt"))
    assert "benchwright = benchwright.__main__:main" in wheel.read(entry_points).decode()
    assert "benchwright/py.typed" in names


def test_the_wheel_has_every_resource(wheel: zipfile.ZipFile) -> None:
    folder = resource_path()
    files = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    assert files
    assert {f"benchwright/_resources/{name}" for name in files} <= set(wheel.namelist())


def test_a_resource_that_is_not_there_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="lacks the resource 'examples/nothing.lua'"):
        resource_path("examples", "nothing.lua")
