"""The driver of docs/drivers.md is one, and its declared instrument can be configured."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchwright.core.errors import ArgumentError
from benchwright.instruments import drivers
from benchwright.instruments.config import Config
from benchwright.instruments.drivers.registry import driver_names
from benchwright.instruments.links.replay import ReplayLink
from tests.conformance.scenario import look_at_everything
from tests.docs.documents import examples
from tests.instruments.virtual import make_driver, virtual

NAME = "acme_sh1"
DECLARED, _, EXCHANGES = examples("drivers.md", "toml")
DRIVER, SIMULATOR = examples("drivers.md", "python")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The driver's folder, found among the shipped ones."""
    folder = tmp_path / NAME
    folder.mkdir()
    (folder / "__init__.py").write_text('"""The ACME SH-1 shutter."""\n')
    for name, example in (("driver.py", DRIVER), ("simulator.py", SIMULATOR), ("exchanges.toml", EXCHANGES)):
        (folder / name).write_text(example.text, "utf-8")
    monkeypatch.setattr(drivers, "__path__", [*drivers.__path__, str(tmp_path)])
    driver_names.cache_clear()
    yield folder
    driver_names.cache_clear()


def test_the_declared_instrument_can_be_configured() -> None:
    described = Config.from_text(DECLARED.text).describe()["generator"]
    assert [method.name for method in described.methods] == [
        "identify",
        "set_voltage",
        "set_output",
        "get_voltage",
    ]
    assert described.method("set_voltage").parameters[0].maximum == 5  # the soft limit


@pytest.mark.usefixtures("folder")
def test_the_driver_works_on_its_simulator() -> None:
    with virtual(NAME, {"speed": "slow"}, limits={"exposure": (0.001, 0.01)}) as (shutter, _):
        shutter.invoke("open", [], {})
        assert shutter.invoke("is_open", [], {}) is True
        assert shutter.invoke("read_temperature", [], {}) == pytest.approx(25.5, abs=0.2)
        shutter.safe_state()
        assert shutter.snapshot() == {"open": False}
        shutter.invoke("expose", [], {"duration": 0.002})
        with pytest.raises(ArgumentError, match="duration must be a number from 0.001 to 0.01 s, found 1"):
            shutter.invoke("expose", [1], {})


def test_the_recorded_exchange_is_what_it_asks(folder: Path) -> None:
    link = ReplayLink.from_file(folder / "exchanges.toml")
    found = look_at_everything(make_driver(NAME, link))
    assert link.remaining == []
    assert found["read_temperature"] == 21.52


@pytest.mark.usefixtures("folder")
def test_a_configuration_can_name_it() -> None:
    text = f'[instruments.shutter]\ndriver = "{NAME}"\nlink = "tcp://127.0.0.1:4001"\n'
    described = Config.from_text(text + 'options = { speed = "fast" }\n').describe()["shutter"]
    assert (described.driver, described.method("expose").waits) == (NAME, True)
