"""The examples of docs/epics.md are configurations, the script fits, and every option and field is told."""

from pathlib import Path

from benchwright.core.epics_settings import EpicsSettings
from benchwright.instruments.config import Config
from benchwright.instruments.drivers.epics.declaration import DeclaredVariable
from benchwright.instruments.drivers.registry import driver_class
from tests.docs.documents import DOCS, examples
from tests.helpers.cli import run_cli

CONFIGURATION, PUBLISHED = examples("epics.md", "toml")
(SCRIPT,) = examples("epics.md", "lua")
TEXT = (DOCS / "epics.md").read_text("utf-8")


def test_it_is_a_configuration() -> None:
    described = Config.from_text(CONFIGURATION.text).describe()["cryostat"]
    setpoint = described.method("set_setpoint").parameters[0]
    assert (setpoint.minimum, setpoint.maximum, setpoint.unit) == (4, 100, "K")


def test_the_script_is_valid_for_it(tmp_path: Path) -> None:
    (tmp_path / "bench.toml").write_text(CONFIGURATION.text)
    (tmp_path / "scan.lua").write_text(SCRIPT.text)
    done = run_cli("script", "validate", tmp_path / "scan.lua", "--config", tmp_path / "bench.toml")
    assert (done.code, done.stderr.endswith("scan.lua: no problem found\n")) == (0, True)


def test_what_is_published_is_a_configuration() -> None:
    config = Config.from_text(PUBLISHED.text)
    assert (config.epics.prefix, config.epics.address, config.epics.writes) == (
        "LAB:OPTICS3:",
        "10.0.3.17",
        True,
    )


def test_every_option_and_field_is_told() -> None:
    names = [
        *driver_class("epics").OPTIONS,
        *DeclaredVariable.__struct_fields__,
        *EpicsSettings.__struct_fields__,
    ]
    assert [name for name in names if f"`{name}`" not in TEXT] == []
