"""Drivers of a user's own: the template works as it is, and what is wrong with one is one sentence."""

import json
from pathlib import Path

import pytest

from benchwright.core.errors import ConfigurationError
from benchwright.instruments.config import Config
from benchwright.instruments.drivers.registry import driver_class, has_simulator
from tests.helpers.cli import run_cli, started_cli


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A new driver, as the command writes it."""
    folder = tmp_path / "acme_sh1"
    assert run_cli("instrument", "new", folder).code == 0
    return folder


def test_the_template_works_on_its_simulator(folder: Path) -> None:
    with started_cli("simulate", "--driver", folder, "--json") as process:
        assert process.stdout is not None
        announced = json.loads(process.stdout.readline())
        assert (announced["name"], announced["driver"]) == ("acme_sh1", str(folder.resolve()))
        config = folder / "bench.toml"
        config.write_text(
            config.read_text("utf-8").replace("tcp://127.0.0.1:5000", announced["link"]), "utf-8"
        )
        arguments = ("--config", config, "--data-dir", folder.parent / "data", "--json")

        def call(*words: str) -> object:
            return run_cli("instrument", "call", "acme_sh1", *words, *arguments).last

        assert "error" not in str(call("set_power", "5"))
        assert call("get_power") == {
            "event": "value",
            "name": "acme_sh1",
            "method": "get_power",
            "value": 5.0,
        }
        assert "power must be a number from 0 to 20 mW, found 25" in str(call("set_power", "25"))
        call("set_output", "true")
        safe = run_cli("safe-state", *arguments).last["instruments"]
        assert [(each["name"], each["outcome"]) for each in safe] == [("acme_sh1", "safe")]
        assert call("is_on") == {"event": "value", "name": "acme_sh1", "method": "is_on", "value": False}


def test_it_is_described_with_help_and_units_as_a_shipped_one(folder: Path) -> None:
    described = Config.from_file(folder / "bench.toml").describe()["acme_sh1"]
    assert (described.driver, described.maker) == ("acme_sh1", "Maker")
    assert all(method.help for method in described.methods)
    assert described.method("read_temperature").telemetry == "temperature"
    assert has_simulator(str(folder))


def test_two_folders_of_one_name_are_two_drivers(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "acme_sh1"
    assert run_cli("instrument", "new", other).code == 0
    (other / "driver.py").write_text((other / "driver.py").read_text("utf-8").replace('"Model"', '"Other"'))
    assert driver_class(str(folder)).MODEL == "Model"
    assert driver_class(str(other)).MODEL == "Other"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def (", r"driver\.py:1: invalid syntax"),
        ("\nimport no_such_package", r"driver\.py:2: ModuleNotFoundError: No module named 'no_such_package'"),
        ("x = 1", "driver.py must name its class: DRIVER = MyInstrument"),
        ("DRIVER = int", "driver.py must name its class"),
        (
            "from benchwright.instruments.instrument import Instrument as I\nclass A(I): pass\nDRIVER = A",
            r"A lacks identify\(\) and safe_state\(\), which every driver has",
        ),
    ],
)
def test_what_is_wrong_with_it_is_one_sentence(tmp_path: Path, text: str, message: str) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "driver.py").write_text(text, "utf-8")
    (tmp_path / "bench.toml").write_text(
        '[instruments.it]\ndriver = "./broken"\nlink = "tcp://127.0.0.1:1"\n'
    )
    with pytest.raises(ConfigurationError, match=message) as raised:
        Config.from_file(tmp_path / "bench.toml")
    assert f"{tmp_path / 'bench.toml'}:2: instruments.it.driver" in str(raised.value)


def test_a_folder_that_is_none_is_told() -> None:
    with pytest.raises(ConfigurationError, match="driver /no/where: there is no such folder; see: "):
        driver_class("/no/where")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Acme SH1", "a driver is called as acme_sh1"),
        ("there", "is there already; a new driver wants a new folder"),
    ],
)
def test_a_new_driver_wants_a_name_and_a_place(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "there").mkdir()
    done = run_cli("instrument", "new", tmp_path / name)
    assert done.code == 2
    assert message in done.stderr
    assert sorted(tmp_path.iterdir()) == [tmp_path / "there"]
