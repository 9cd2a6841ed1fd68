"""The set-up behind `make`: wholly done or not at all."""

import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "packaging" / "setup_environment.py"
PYPROJECT = '[project]\nname = "benchwright"\n'


class Workshop:
    """A checkout of its own, with steps that make files in place of downloads."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.module = load_script()
        self.environment = folder / ".venv"
        self.lock = folder / "requirements.lock"
        self.steps: list[str] = []
        self.fails_with: BaseException | None = None
        self.lock.write_text("lupa==2.8\n")
        (folder / "pyproject.toml").write_text(PYPROJECT)
        for name, path in {
            "ROOT": folder,
            "LOCK": self.lock,
            "ENVIRONMENT": self.environment,
            "PREVIOUS": folder / ".venv.previous",
        }.items():
            monkeypatch.setattr(self.module, name, path)
        monkeypatch.setattr(self.module, "step", self._step)

    def _step(self, what: str, command: Sequence[str]) -> None:
        self.steps.append(what)
        python: Path = self.module.interpreter(self.environment)
        python.parent.mkdir(parents=True, exist_ok=True)
        python.touch()
        if self.fails_with and "packages" in what:
            raise self.fails_with

    def set_up(self) -> None:
        self.module.ensure_environment()

    def environments(self) -> list[str]:
        return sorted(path.name for path in self.lock.parent.glob(".venv*"))


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("setup_environment", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    return Workshop(tmp_path, monkeypatch)


def test_the_second_call_does_nothing(workshop: Workshop) -> None:
    workshop.set_up()
    assert len(workshop.steps) == 3
    workshop.set_up()
    assert len(workshop.steps) == 3


@pytest.mark.parametrize("cause", ["new lock", "no stamp", "no interpreter"])
def test_an_environment_that_does_not_fit_is_made_anew(workshop: Workshop, cause: str) -> None:
    workshop.set_up()
    leftover = workshop.environment / "leftover"
    leftover.touch()
    if cause == "new lock":
        workshop.lock.write_text("lupa==2.9\n")
    elif cause == "no stamp":
        (workshop.environment / workshop.module.STAMP).unlink()
    else:
        workshop.module.interpreter(workshop.environment).unlink()
    workshop.set_up()
    assert len(workshop.steps) == 6
    assert not leftover.exists()
    assert workshop.environments() == [".venv"]


@pytest.mark.parametrize("failure", [KeyboardInterrupt, SystemExit, OSError])
def test_a_failure_leaves_nothing_half_done(workshop: Workshop, failure: type[BaseException]) -> None:
    workshop.fails_with = failure()
    with pytest.raises(failure):
        workshop.set_up()
    assert workshop.environments() == []


def test_a_failure_puts_the_former_environment_back(workshop: Workshop) -> None:
    workshop.set_up()
    treasure = workshop.environment / "treasure"
    treasure.touch()
    former_lock = workshop.lock.read_text()
    workshop.lock.write_text("lupa==2.9\n")
    workshop.fails_with = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        workshop.set_up()
    assert workshop.environments() == [".venv"]
    workshop.lock.write_text(former_lock)
    workshop.set_up()
    assert len(workshop.steps) == 5, "the former environment is whole and fits again"
    assert treasure.exists()


def test_a_former_environment_outlives_a_kill_and_a_failure(workshop: Workshop) -> None:
    workshop.set_up()
    workshop.environment.rename(workshop.environment.with_name(".venv.previous"))
    workshop.environment.mkdir()  # what a set-up killed in the middle leaves
    workshop.fails_with = OSError("disk full")
    with pytest.raises(OSError, match="disk full"):
        workshop.set_up()
    assert workshop.module.is_whole(workshop.environment)
    assert workshop.environments() == [".venv"]


@pytest.mark.skipif(sys.platform == "win32", reason="about Debian packages")
def test_an_unprivileged_user_gets_the_exact_command(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workshop.module, "is_debian", lambda: True)
    monkeypatch.setattr(workshop.module, "missing_packages", lambda _: ["libegl1", "xvfb"])
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    command = "sudo apt-get install --yes --no-install-recommends libegl1 xvfb"
    with pytest.raises(workshop.module.SetupError, match=command):
        workshop.module.install_system_libraries(["libegl1"])
    assert workshop.environments() == []
