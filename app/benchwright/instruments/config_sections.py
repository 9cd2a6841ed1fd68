"""Reads the sections of a bench's configuration, all but its instruments.

A mistake is a `ConfigurationError` that names file, line, key, what was found and what is allowed.
"""

from ipaddress import ip_address
from typing import Final

from benchwright.core.epics_settings import EpicsSettings
from benchwright.core.errors import listed
from benchwright.core.limits import limit_problem
from benchwright.core.log_settings import LogLevel, LogSettings, SystemLog
from benchwright.core.rates import OnExcess, RateSettings
from benchwright.core.toml_table import TomlTable
from benchwright.instruments.config_values import InstrumentConfig, ScheduleSettings
from benchwright.instruments.drivers.registry import driver_class

_CONTROLLER_METHODS: Final = ("set_motor_speed", "set_digital_output", "get_status")


def read_controller(bench: TomlTable, instruments: dict[str, InstrumentConfig]) -> str | None:
    """Return the instrument behind the ``device_*`` functions; its driver has to offer what they call."""
    name = bench.choice("controller", instruments)
    if name is None:
        return None
    driver = driver_class(instruments[name].driver)
    offered = {method.name for method in driver.declared_methods(instruments[name].options)}
    missing = [method for method in _CONTROLLER_METHODS if method not in offered]
    if missing:
        bench.fail(f"{name} is no controller board: its driver lacks {listed(missing)}", "controller")
    return name


def read_limits(table: TomlTable) -> dict[str, float]:
    """Return the limits of scripts that replace those of the preset."""
    for name, value in table.content.items():
        if problem := limit_problem(name, value):
            table.fail(problem, name)
    return dict(table.content)


def read_schedules(table: TomlTable) -> ScheduleSettings:
    """Return when a scheduled run is held back."""
    table.allow(ScheduleSettings.__struct_fields__)
    default = ScheduleSettings()
    return ScheduleSettings(
        max_cpu_percent=table.number_within("max_cpu_percent", default.max_cpu_percent, 1.0, 100.0),
        max_memory_percent=table.number_within("max_memory_percent", default.max_memory_percent, 1.0, 100.0),
    )


def read_rate(table: TomlTable) -> RateSettings:
    """Return how many operations per second a run may make."""
    table.allow(("operations_per_s", "burst", "on_excess"))
    default = RateSettings()
    return RateSettings(
        operations_per_s=table.number_within("operations_per_s", default.operations_per_s, 0.001, 1e9),
        burst=table.number_within("burst", default.burst, 1.0, 1e9),
        on_excess=OnExcess(table.choice("on_excess", OnExcess) or default.on_excess),
    )


def read_log(table: TomlTable) -> LogSettings:
    """Return how the bench keeps its own log."""
    table.allow(("level", "system_log", "max_bytes", "files"))
    default = LogSettings()
    return LogSettings(
        level=LogLevel(table.choice("level", LogLevel) or default.level),
        system_log=SystemLog(table.choice("system_log", SystemLog) or default.system_log),
        max_bytes=table.whole_within("max_bytes", default.max_bytes, 10_000, 10**9),
        files=table.whole_within("files", default.files, 2, 100),
    )


def read_epics(table: TomlTable) -> EpicsSettings:
    """Return how the bench is published as process variables."""
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
        port=table.whole_within("port", default.port, 0, 65535),
        broadcast_port=table.whole_within("broadcast_port", default.broadcast_port, 0, 65535),
        writes=writes,
    )
