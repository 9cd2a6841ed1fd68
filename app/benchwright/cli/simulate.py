"""`benchwright simulate`: serves the virtual bench, so that any program can talk to its instruments."""

import os
import signal
import threading
from argparse import Namespace
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchwright.cli.command import UsageError
from benchwright.cli.console import Console
from benchwright.core.errors import ConfigurationError, LinkError, did_you_mean, listed
from benchwright.instruments.simulation import VIRTUAL_INSTRUMENTS, Faults, serve_virtual_bench

_HIGHEST_PORT = 65535


def simulate(arguments: Namespace) -> int:
    """Serve the virtual bench until Ctrl-C or SIGTERM; return the exit code.

    Raises:
        ConfigurationError: a fault is unknown, or a port taken.
    """
    instruments = _instruments(arguments.driver)
    faults = parse_faults(arguments.fault, instruments)
    ports = _ports(arguments.port_base, instruments)
    ended = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: ended.set())
    try:
        server = serve_virtual_bench(arguments.seed, ports=ports, ptys=True, instruments=instruments)
    except LinkError as error:
        raise ConfigurationError(error.message) from None
    try:
        for name, spoiled in faults.items():
            server.set_faults(name, spoiled)
        _announce(instruments, server.addresses(), server.pty_paths(), arguments.json)
        while not ended.wait(0.5):  # in slices, because a wait without end cannot be interrupted everywhere
            pass
    finally:
        server.close()
    return 0


def _instruments(driver: str | None) -> Mapping[str, str]:
    """Return the driver of each instrument to serve, by its name."""
    if driver is None:
        return VIRTUAL_INSTRUMENTS
    folder = os.path.realpath(driver)
    return {Path(folder).name: folder}


def _announce(
    instruments: Mapping[str, str], addresses: Mapping[str, str], terminals: Mapping[str, str], as_json: bool
) -> None:
    console = Console()
    for name, link in addresses.items():
        driver, terminal = instruments[name], terminals.get(name)
        serial = {"serial_link": f"serial://{terminal}"} if terminal else {}
        if as_json:
            event = {"event": "simulated_instrument", "name": name, "driver": driver, "link": link}
            console.json({**event, **serial})
        else:
            console.out(f"{name:12} {driver:20} {link:24} {''.join(serial.values())}".rstrip())
    if not as_json:
        console.note("Ctrl-C ends it")


def parse_faults(
    texts: Iterable[str], instruments: Mapping[str, str] = VIRTUAL_INSTRUMENTS
) -> dict[str, Faults]:
    """Read texts such as ``newport:garbage=0.05,silence=every:20``.

    Raises:
        ConfigurationError: an instrument or fault is unknown, or a rate is none.
    """
    found = {}
    for text in texts:
        name, colon, faults = text.partition(":")
        if not colon:
            raise ConfigurationError(f"must be INSTRUMENT:KIND=RATE,..., found {text!r}", key="--fault")
        if name not in instruments:
            known = f"{did_you_mean(name, instruments)} (there is: {listed(instruments)})"
            raise ConfigurationError(f"no simulated instrument {name!r}{known}", key="--fault")
        found[name] = Faults.parse(faults)
    return found


def _ports(base: int | None, instruments: Mapping[str, str]) -> dict[str, int] | None:
    if base is None:
        return None
    highest = _HIGHEST_PORT - len(instruments) + 1
    if not 1 <= base <= highest:
        raise UsageError(f"--port-base must be from 1 to {highest}, found {base}")
    return {name: base + index for index, name in enumerate(instruments)}
