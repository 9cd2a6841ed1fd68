"""The configuration file of a data folder: added to whole or not at all, and used where no other is given."""

from pathlib import Path

import pytest

from benchwright.bench.config_file import add_instrument
from benchwright.bench.data_folder import DataFolder
from benchwright.bench.safety.estop import load_config
from benchwright.core.errors import ConfigurationError, StorageError
from benchwright.instruments.config import Config
from benchwright.instruments.config_values import InstrumentConfig

METER = InstrumentConfig(name="meter", driver="newport_1830c", link="sim://newport")


def test_new_file_is_made_and_grows(tmp_path: Path) -> None:
    path = tmp_path / "bench.toml"
    add_instrument(path, METER, keeps_demo=False)
    add_instrument(
        path, InstrumentConfig(name="b", driver="newport_1830c", link="sim://newport"), keeps_demo=True
    )
    assert list(Config.from_file(path).instruments) == ["meter", "b"]


def test_file_stays_as_it_was_where_the_outcome_would_not_do(tmp_path: Path) -> None:
    path = tmp_path / "bench.toml"
    path.write_text("[bench]\nname = 5\n")
    with pytest.raises(ConfigurationError, match=r"bench.toml:2: bench.name"):
        add_instrument(path, METER, keeps_demo=False)
    assert path.read_text() == "[bench]\nname = 5\n"
    assert [each.name for each in tmp_path.iterdir()] == ["bench.toml"]


def test_file_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot write"):
        add_instrument(tmp_path / "nowhere" / "bench.toml", METER, keeps_demo=False)


def test_configuration_of_the_data_folder_comes_before_the_built_in_one(tmp_path: Path) -> None:
    folder = DataFolder.at(tmp_path)
    assert set(load_config(None, folder).instruments) == set(Config.demo().instruments)
    add_instrument(folder.config_file, METER, keeps_demo=False)
    config = load_config(None, folder)
    assert (list(config.instruments), config.file) == (["meter"], str(folder.config_file))
    other = tmp_path / "other.toml"
    other.write_text("")
    assert load_config(other, folder).instruments == {}
