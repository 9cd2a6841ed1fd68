"""Every example of docs/configuration.md is a configuration, and the page tells every key and number."""

from pathlib import Path

import pytest

from benchwright.core.epics_settings import EpicsSettings
from benchwright.core.limits import LIMIT_NAMES, PRESETS, Preset
from benchwright.core.log_settings import LogSettings
from benchwright.core.rates import RateSettings
from benchwright.instruments.config import Config
from benchwright.instruments.config_values import InstrumentConfig, ScheduleSettings
from benchwright.instruments.drivers.registry import driver_class, driver_names
from benchwright.instruments.links.serial import OPTIONS as SERIAL_OPTIONS
from benchwright.instruments.simulation.faults import FAULT_KINDS
from tests.docs.documents import DOCS, examples, named

TEXT = (DOCS / "configuration.md").read_text("utf-8")
CONFIGURATIONS = named(examples("configuration.md", "toml"))


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_it_is_a_configuration(tmp_path: Path, name: str) -> None:
    (tmp_path / "exchanges.toml").write_text('[[exchange]]\nsend = "D?"\nreply = "+9.997E-4"\n')
    config = Config.from_text(CONFIGURATIONS[name].text, str(tmp_path / "bench.toml"))
    assert config.describe().keys() == config.instruments.keys()


def test_every_key_is_told() -> None:
    keys = [
        *(key for key in InstrumentConfig.__struct_fields__ if key != "name"),
        *("name", "on_desk_lost", "controller", "max_concurrent_runs", "interval_s"),
        *(*RateSettings.__struct_fields__, *LogSettings.__struct_fields__),
        *ScheduleSettings.__struct_fields__,
        *EpicsSettings.__struct_fields__,
        *(*SERIAL_OPTIONS, *FAULT_KINDS, *driver_names()),
        *driver_class("newport_esp300").OPTIONS,
    ]
    assert [key for key in keys if f"`{key}`" not in TEXT] == []


def test_limits_are_those_in_force() -> None:
    table = TEXT.partition("## `[limits]`")[2].partition("\n## ")[0]
    rows = [[cell.strip(" `") for cell in line.split("|")[1:-1]] for line in table.splitlines()]
    told = {row[0]: row[2:] for row in rows if row and row[0] in LIMIT_NAMES}
    assert told == {
        name: [_shown(getattr(PRESETS[preset], name)) for preset in (Preset.STANDARD, Preset.STRICT)]
        for name in LIMIT_NAMES
    }


def _shown(limit: float | None) -> str:
    return "none" if limit is None else f"{limit:,.0f}"
