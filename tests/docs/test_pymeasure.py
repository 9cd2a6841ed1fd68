"""The example of docs/pymeasure.md is a configuration, its script fits it, and every option is told."""

from pathlib import Path

from benchwright.instruments.config import Config
from benchwright.instruments.drivers.registry import driver_class
from tests.docs.documents import DOCS, examples
from tests.helpers.cli import run_cli

(CONFIGURATION,) = examples("pymeasure.md", "toml")
(SCRIPT,) = examples("pymeasure.md", "lua")
TEXT = (DOCS / "pymeasure.md").read_text("utf-8")


def test_it_is_a_configuration() -> None:
    described = Config.from_text(CONFIGURATION.text).describe()
    voltage = described["source"].method("set_source_voltage").parameters[0]
    assert (voltage.minimum, voltage.maximum, voltage.unit) == (-5, 5, "V")
    assert described["stage"].method("set_x_position").parameters[0].maximum == 90


def test_the_script_is_valid_for_it(tmp_path: Path) -> None:
    (tmp_path / "bench.toml").write_text(CONFIGURATION.text)
    (tmp_path / "scan.lua").write_text(SCRIPT.text)
    done = run_cli("script", "validate", tmp_path / "scan.lua", "--config", tmp_path / "bench.toml")
    assert (done.code, done.stderr.endswith("scan.lua: no problem found\n")) == (0, True)


def test_every_option_is_told() -> None:
    assert [name for name in driver_class("pymeasure").OPTIONS if f"`{name}`" not in TEXT] == []
