"""Reads the text of a bench's configuration; a mistake names file, line, key, what is found and allowed."""

import hashlib
import re
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

import msgspec

from benchwright.core.descriptors import MethodDescriptor
from benchwright.core.epics_settings import EpicsSettings
from benchwright.core.errors import ArgumentError, ConfigurationError, did_you_mean, listed
from benchwright.core.limits import limit_problem
from benchwright.core.log_settings import LogLevel, LogSettings, SystemLog
from benchwright.core.rates import OnExcess, RateSettings
from benchwright.core.toml_source import parse_toml
from benchwright.core.toml_table import TomlTable
from benchwright.core.values import INTEGER_BOUND
from benchwright.instruments.building import build_instrument, build_link
from benchwright.instruments.config import Config, InstrumentConfig, OnDeskLost, ScheduleSettings
from benchwright.instruments.drivers.registry import driver_class
from benchwright.instruments.instrument import Instrument
from benchwright.instruments.own_drivers import located

T = TypeVar("T", bound=float)

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CONTROLLER_METHODS: Final = ("set_motor_speed", "set_digital_output", "get_status")
_DAY_S: Final = 86400.0
_OPTION: Final = re.compile(r"options(?:\.\w+|\[\d+\])*(?: \(\w+\))?: ")  # where a driver finds a mistake


def read_config(text: str, file: str) -> Config:
    """Return the configuration that `text` describes; nothing is opened.

    Raises:
        ConfigurationError: it is not valid.
    """
    root = TomlTable(parse_toml(text, file), text, file, ConfigurationError)
    root.allow(("bench", "instruments", "limits", "rate", "telemetry", "schedules", "log", "epics"))
    folder = Path(file).parent
    instruments = {
        name: _read_instrument(root.table("instruments"), name, table, folder)
        for name, table in root.table("instruments").tables()
    }
    bench = root.table("bench")
    bench.allow(("name", "on_desk_lost", "controller", "max_concurrent_runs"))
    telemetry = root.table("telemetry")
    telemetry.allow(("interval_s",))
    return Config(
        name=bench.text("name") or Path(file).stem,
        on_desk_lost=OnDeskLost(bench.choice("on_desk_lost", OnDeskLost) or OnDeskLost.SAFE),
        controller=_read_controller(bench, instruments),
        max_concurrent_runs=_whole(bench, "max_concurrent_runs", 10, 1, 1000),
        instruments=instruments,
        limits=_read_limits(root.table("limits")),
        rate=_read_rate(root.table("rate")),
        telemetry_interval_s=_number(telemetry, "interval_s", 0.5, 0.02, _DAY_S),
        schedules=_read_schedules(root.table("schedules")),
        log=_read_log(root.table("log")),
        epics=_read_epics(root.table("epics")),
        file=file,
        source_text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )


def _read_controller(bench: TomlTable, instruments: dict[str, InstrumentConfig]) -> str | None:
    name = bench.choice("controller", instruments)
    if name is None:
        return None
    driver = driver_class(instruments[name].driver)
    offered = {method.name for method in driver.declared_methods(instruments[name].options)}
    missing = [method for method in _CONTROLLER_METHODS if method not in offered]
    if missing:
        bench.fail(f"{name} is no controller board: its driver lacks {listed(missing)}", "controller")
    return name


def _read_limits(table: TomlTable) -> dict[str, float]:
    for name, value in table.content.items():
        if problem := limit_problem(name, value):
            table.fail(problem, name)
    return dict(table.content)


def _read_schedules(table: TomlTable) -> ScheduleSettings:
    table.allow(ScheduleSettings.__struct_fields__)
    default = ScheduleSettings()
    return ScheduleSettings(
        max_cpu_percent=_number(table, "max_cpu_percent", default.max_cpu_percent, 1.0, 100.0),
        max_memory_percent=_number(table, "max_memory_percent", default.max_memory_percent, 1.0, 100.0),
    )


def _read_rate(table: TomlTable) -> RateSettings:
    table.allow(("operations_per_s", "burst", "on_excess"))
    default = RateSettings()
    return RateSettings(
        operations_per_s=_number(table, "operations_per_s", default.operations_per_s, 0.001, 1e9),
        burst=_number(table, "burst", default.burst, 1.0, 1e9),
        on_excess=OnExcess(table.choice("on_excess", OnExcess) or default.on_excess),
    )


def _read_log(table: TomlTable) -> LogSettings:
    table.allow(("level", "system_log", "max_bytes", "files"))
    default = LogSettings()
    return LogSettings(
        level=LogLevel(table.choice("level", LogLevel) or default.level),
        system_log=SystemLog(table.choice("system_log", SystemLog) or default.system_log),
        max_bytes=_whole(table, "max_bytes", default.max_bytes, 10_000, 10**9),
        files=_whole(table, "files", default.files, 2, 100),
    )


def _read_epics(table: TomlTable) -> EpicsSettings:
    table.allow(EpicsSettings.__struct_fields__)
    default = EpicsSettings()
    prefix = table.text("prefix")
    if not all("!" <= each <= "~" for each in prefix):
        table.fail(f"must be printable ASCII without spaces, found {prefix[:60]!r}", "prefix")
    address = table.text("address", default.address)
    try:
        ip_address(address)
    except ValueError:
        table.fail(f"must be an IP address such as 127.0.0.1, found {address[:60]!r}", "address")
    writes = table.content.get("writes", default.writes)
    if not isinstance(writes, bool):
        table.fail(f"must be true or false, found {str(writes)[:60]}", "writes")
    return EpicsSettings(
        prefix=prefix,
        address=address,
        port=_whole(table, "port", default.port, 0, 65535),
        broadcast_port=_whole(table, "broadcast_port", default.broadcast_port, 0, 65535),
        writes=writes,
    )


# --- instruments ------------------------------------------------------------------------------------------


def _read_instrument(parent: TomlTable, name: str, table: TomlTable, folder: Path) -> InstrumentConfig:
    if not _NAME.fullmatch(name):
        parent.fail("an instrument's name consists of letters, digits, _ and -, at most 64", name)
    table.allow(field for field in InstrumentConfig.__struct_fields__ if field != "name")
    for key in ("driver", "link"):
        if key not in table:
            table.fail(f"{key} is missing")
    driver_name = located(table.text("driver"), folder)
    driver = _find_driver(table, driver_name)
    config = InstrumentConfig(
        name=name,
        driver=driver_name,
        link=table.text("link"),
        timeout_s=_number(table, "timeout_s", 2.0, 0.001, 3600.0),
        min_interval_s=_number(table, "min_interval_s", 0.0, 0.0, 60.0),
        options=_read_options(table.table("options"), driver),
        visa_library=table.text("visa_library", "@py"),
        usb=table.text("usb"),
        faults=table.table("faults").content,
    )
    _check_link(table, config, folder)
    try:
        known = _limit_names(driver.declared_methods(config.options))
    except ConfigurationError as error:
        _fail_in_options(table, error)
    limits = _read_soft_limits(table.table("limits"), known, config.driver)
    config = msgspec.structs.replace(config, limits=limits)
    try:
        build_instrument(config, folder)
    except ConfigurationError as error:
        _fail_in_options(table, error)
    return config


def _find_driver(table: TomlTable, name: str) -> type[Instrument]:
    try:
        return driver_class(name)
    except ConfigurationError as error:
        table.fail(error.message, "driver")


def _fail_in_options(table: TomlTable, error: ConfigurationError) -> NoReturn:
    """Raise what a driver finds in its options where that stands in the file."""
    placed = _OPTION.match(error.message)
    if placed is None:
        table.fail(error.message)
    keys = (int(key) if key.isdecimal() else key for key in re.findall(r"\w+", placed[0].partition(" ")[0]))
    table.fail(error.message[placed.end() :], *keys)


def _check_link(table: TomlTable, config: InstrumentConfig, folder: Path) -> None:
    try:
        build_link(config, folder)
    except ConfigurationError as error:
        fault, colon, why = error.message.partition(": ")
        if colon and fault in config.faults:
            table.fail(why, "faults", fault)
        table.fail(error.message, "link")


def _read_options(table: TomlTable, driver: type[Instrument]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    table.allow(driver.OPTIONS)
    for key, value in table.content.items():
        try:
            options[key] = driver.OPTIONS[key].check(value, "options")
        except ArgumentError as error:
            table.fail(error.message.removeprefix(f"options: {key} "), key)
    return options


def _read_soft_limits(table: TomlTable, known: set[str], driver: str) -> dict[str, tuple[float, float]]:
    limits: dict[str, tuple[float, float]] = {}
    for name, value in table.content.items():
        if name not in known:
            hint = did_you_mean(name, known)
            table.fail(f"{driver} has no such soft limit{hint} (there is: {listed(known)})", name)
        limits[name] = _read_range(table, name, value)
    return limits


def _limit_names(methods: list[MethodDescriptor]) -> set[str]:
    return {p.limit for m in methods for p in m.parameters if p.type in ("float", "integer")}


def _read_range(table: TomlTable, name: str, value: object) -> tuple[float, float]:
    ends = value if isinstance(value, list) else []
    if len(ends) != 2 or not all(_is_number(end) for end in ends) or not ends[0] <= ends[1]:
        table.fail(f"must be [minimum, maximum], found {str(value)[:60]}", name)
    return float(ends[0]), float(ends[1])


def _is_number(value: object) -> bool:
    return isinstance(value, float) or (type(value) is int and abs(value) <= INTEGER_BOUND)


# --- numbers ----------------------------------------------------------------------------------------------


def _number(table: TomlTable, key: str, default: T, low: T, high: T) -> T:
    value = table.number(key)
    if value is None:
        return default
    if not low <= value <= high:
        table.fail(f"must be a number from {low:g} to {high:g}, found {value:g}", key)
    return type(default)(value)


def _whole(table: TomlTable, key: str, default: int, low: int, high: int) -> int:
    value = table.number(key)
    if value is not None and value != int(value):
        table.fail(f"must be a whole number from {low} to {high}, found {value:g}", key)
    return _number(table, key, default, low, high)
