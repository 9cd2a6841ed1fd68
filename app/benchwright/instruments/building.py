"""Builds an instrument from its configuration: driver, port and link, all still closed."""

from collections.abc import Callable
from pathlib import Path

from benchwright.instruments.config_values import InstrumentConfig
from benchwright.instruments.drivers.registry import driver_class
from benchwright.instruments.instrument import Instrument
from benchwright.instruments.links import Link, LinkSettings, make_link
from benchwright.instruments.port import Port, SafetyLatch

StateListener = Callable[[str, str], None]  # state, message


def build_instrument(
    config: InstrumentConfig,
    folder: Path,
    latch: SafetyLatch | None = None,
    on_state: StateListener = lambda state, message: None,
) -> Instrument:
    """Return the driver of an instrument; its link is opened by the first exchange.

    Args:
        config: what the bench's configuration says of it.
        folder: where relative paths start.
        latch: the bench's emergency stop.
        on_state: told whenever the state of the link changes.

    Raises:
        ConfigurationError: driver, link, an option or a limit is not valid.
    """
    driver = driver_class(config.driver)
    port = Port(
        build_link(config, folder),
        config.name,
        write_terminator=driver.WRITE_TERMINATOR,
        read_terminator=driver.READ_TERMINATOR,
        timeout_s=config.timeout_s,
        min_interval_s=max(config.min_interval_s, driver.MIN_INTERVAL_S),
        latch=latch,
        on_state=on_state,
    )
    return driver(config.name, port, config.options, config.limits)


def build_link(config: InstrumentConfig, folder: Path) -> Link:
    """Return the closed link of an instrument.

    Raises:
        ConfigurationError: the address is not valid, or a setting does not fit it.
    """
    settings = LinkSettings(
        name=config.name,
        timeout_s=config.timeout_s,
        visa_library=config.visa_library,
        usb=config.usb,
        faults=config.faults,
        folder=folder,
    )
    return make_link(config.link, settings)
