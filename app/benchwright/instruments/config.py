"""The configuration of a bench: its instruments, how they are reached, and what holds for runs."""

import hashlib
from pathlib import Path
from typing import Final

import msgspec

from benchwright.core.descriptors import InstrumentDescriptor
from benchwright.core.epics_settings import EpicsSettings
from benchwright.core.errors import ConfigurationError
from benchwright.core.log_settings import LogSettings
from benchwright.core.rates import RateSettings
from benchwright.core.resource_paths import resource_path
from benchwright.core.toml_source import parse_toml
from benchwright.core.toml_table import TomlTable
from benchwright.instruments import config_sections as sections
from benchwright.instruments.building import build_instrument
from benchwright.instruments.config_values import InstrumentConfig, OnDeskLost, ScheduleSettings
from benchwright.instruments.instrument_section import read_instrument

DEMO_FILE: Final = "demo_bench.toml"
_MAX_BYTES: Final = 1_000_000
_DAY_S: Final = 86400.0
_SECTIONS: Final = ("bench", "instruments", "limits", "rate", "telemetry", "schedules", "log", "epics")


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """A bench.

    Attributes:
        name: what people call it.
        on_desk_lost: what happens when the desk vanishes.
        controller: the instrument behind the ``device_*`` functions, None where there is none.
        max_concurrent_runs: how many runs go on at once; the rest queue.
        instruments: by name, in the order of the file.
        limits: defaults for scripts that replace those of the preset, by name.
        rate: how many operations per second a run may make.
        telemetry_interval_s: time between two readings of each telemetry channel.
        schedules: when a scheduled run is held back.
        log: the bench's own log.
        epics: how it is published as process variables, where it is.
        file: where it comes from; empty for the built-in one.
        source_text: the text of the file.
        sha256: of the text, in hex.
    """

    name: str = "bench"
    on_desk_lost: OnDeskLost = OnDeskLost.SAFE
    controller: str | None = None
    max_concurrent_runs: int = 10
    instruments: dict[str, InstrumentConfig] = {}
    limits: dict[str, float] = {}
    rate: RateSettings = msgspec.field(default_factory=RateSettings)
    telemetry_interval_s: float = 0.5
    schedules: ScheduleSettings = msgspec.field(default_factory=ScheduleSettings)
    log: LogSettings = msgspec.field(default_factory=LogSettings)
    epics: EpicsSettings = msgspec.field(default_factory=EpicsSettings)
    file: str = ""
    source_text: str = ""
    sha256: str = ""

    @classmethod
    def from_file(cls, path: str | Path) -> "Config":
        """Read a configuration; no port is opened.

        Raises:
            ConfigurationError: it cannot be read or is not valid; names file, line and key.
        """
        config = cls.from_text(_read(Path(path)), str(path))
        return msgspec.structs.replace(config, file=str(Path(path).absolute()))

    @classmethod
    def from_text(cls, text: str, file: str = "bench.toml") -> "Config":
        """Read a configuration from its text; relative paths in it start at the folder of `file`.

        Raises:
            ConfigurationError: it is not valid; names file, line and key.
        """
        root = TomlTable(parse_toml(text, file), text, file, ConfigurationError)
        root.allow(_SECTIONS)
        section, folder = root.table("instruments"), Path(file).parent
        instruments = {
            name: read_instrument(section, name, table, folder) for name, table in section.tables()
        }
        bench, telemetry = root.table("bench"), root.table("telemetry")
        bench.allow(("name", "on_desk_lost", "controller", "max_concurrent_runs"))
        telemetry.allow(("interval_s",))
        return cls(
            name=bench.text("name") or Path(file).stem,
            on_desk_lost=OnDeskLost(bench.choice("on_desk_lost", OnDeskLost) or OnDeskLost.SAFE),
            controller=sections.read_controller(bench, instruments),
            max_concurrent_runs=bench.whole_within("max_concurrent_runs", 10, 1, 1000),
            instruments=instruments,
            limits=sections.read_limits(root.table("limits")),
            rate=sections.read_rate(root.table("rate")),
            telemetry_interval_s=telemetry.number_within("interval_s", 0.5, 0.02, _DAY_S),
            schedules=sections.read_schedules(root.table("schedules")),
            log=sections.read_log(root.table("log")),
            epics=sections.read_epics(root.table("epics")),
            file=file,
            source_text=text,
            sha256=hashlib.sha256(text.encode()).hexdigest(),
        )

    @classmethod
    def demo(cls) -> "Config":
        """Return the built-in configuration: the virtual bench."""
        text = resource_path(DEMO_FILE).read_text("utf-8")
        return msgspec.structs.replace(cls.from_text(text, DEMO_FILE), file="")

    @property
    def folder(self) -> Path:
        """Where relative paths start."""
        return Path(self.file).parent

    def describe(self) -> dict[str, InstrumentDescriptor]:
        """Return what each instrument can do, soft limits included; no port is opened."""
        return {
            name: build_instrument(instrument, self.folder).descriptor
            for name, instrument in self.instruments.items()
        }


def _read(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():
            raise ConfigurationError("is no file", str(path))
        if path.stat().st_size > _MAX_BYTES:
            raise ConfigurationError(
                f"is larger than {_MAX_BYTES:,} bytes: this is no configuration", str(path)
            )
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"cannot read the configuration: {error.strerror}", str(path)) from None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigurationError("is not UTF-8 text", str(path), line) from None
