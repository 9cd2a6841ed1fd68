"""The window goes on with a bench of another configuration."""

from pathlib import Path

from benchwright.bench.config_file import add_instrument
from benchwright.bench.data_folder import DataFolder
from benchwright.gui.engine_thread import BenchAttached
from benchwright.instruments.config_values import InstrumentConfig
from tests.gui.shell import shell, wait_until


def test_bench_is_restarted_with_a_configuration_that_grew(tmp_path: Path) -> None:
    with shell(tmp_path) as window:
        wait_until(lambda: "esp300" in window.model.descriptors)
        first = window.model.bench
        assert isinstance(first, BenchAttached)
        path = DataFolder.at(tmp_path).config_file
        add_instrument(
            path,
            InstrumentConfig(name="meter", driver="newport_1830c", link="sim://newport"),
            keeps_demo=False,
        )
        window.controls.restart_wanted.emit(path)
        wait_until(lambda: list(window.model.descriptors) == ["meter"])
        second = window.model.bench
        assert isinstance(second, BenchAttached)
        assert second.status["pid"] != first.status["pid"]
        assert second.status["config_file"] == str(path)
        assert list(window.model.instrument_states) == ["meter"]
    with shell(tmp_path) as window:  # and so does the next start
        wait_until(lambda: list(window.model.descriptors) == ["meter"])


def test_configuration_that_is_not_valid_is_said_and_can_be_mended(tmp_path: Path) -> None:
    path = tmp_path / "bench.toml"
    with shell(tmp_path) as window:
        path.write_text("[bench]\nname = 5\n")
        window.controls.restart_wanted.emit(path)
        wait_until(lambda: "bench.toml:2: bench.name" in window.banners.text("bench"))
        path.write_text('[bench]\nname = "five"\n')
        window.start_bench()
        wait_until(lambda: window.model.is_attached)
        assert isinstance(window.model.bench, BenchAttached)
        assert window.model.bench.status["name"] == "five"
