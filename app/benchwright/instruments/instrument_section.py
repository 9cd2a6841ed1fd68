"""Reads what a configuration says of one instrument.

A mistake is a `ConfigurationError` that names file, line, key, what was found and what is allowed.
"""

import re
from pathlib import Path
from typing import Any, Final, NoReturn

import msgspec

from benchwright.core.descriptors import MethodDescriptor
from benchwright.core.errors import ArgumentError, ConfigurationError, did_you_mean, listed
from benchwright.core.toml_table import TomlTable
from benchwright.core.values import INTEGER_BOUND
from benchwright.instruments.building import build_instrument, build_link
from benchwright.instruments.config_values import InstrumentConfig
from benchwright.instruments.drivers.registry import driver_class
from benchwright.instruments.instrument import Instrument
from benchwright.instruments.own_drivers import located

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OPTION: Final = re.compile(r"options(?:\.\w+|\[\d+\])*(?: \(\w+\))?: ")  # where a driver finds a mistake


def read_instrument(parent: TomlTable, name: str, table: TomlTable, folder: Path) -> InstrumentConfig:
    """Read one instrument; its driver and its link are tried out, and nothing is opened.

    Args:
        parent: the table of all instruments.
        name: of this one.
        table: what is said of it.
        folder: where relative paths start.

    Raises:
        ConfigurationError: it is not valid.
    """
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
        timeout_s=table.number_within("timeout_s", 2.0, 0.001, 3600.0),
        min_interval_s=table.number_within("min_interval_s", 0.0, 0.0, 60.0),
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
