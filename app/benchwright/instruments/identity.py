"""Asks what answers on a link, before a configuration knows it."""

from pathlib import Path

from benchwright.instruments.building import build_link
from benchwright.instruments.config_values import InstrumentConfig
from benchwright.instruments.port import Port, SafetyLatch


def ask_identity(config: InstrumentConfig, folder: Path, latch: SafetyLatch) -> str:
    """Open a link, ask ``*IDN?`` and close it; an instrument that does not know this may be disturbed.

    Args:
        config: the link and how it is opened; it has no name and no driver.
        folder: where relative paths start.
        latch: the bench's emergency stop, which refuses this.

    Raises:
        ConfigurationError: the address is not valid.
        InstrumentError: nobody answers.
    """
    port = Port(
        build_link(config, folder),
        "",
        write_terminator=b"\n",
        read_terminator=b"\n",
        timeout_s=config.timeout_s,
        latch=latch,
    )
    try:
        return port.command_with_reply("*IDN?")
    finally:
        port.close()
