"""What a bench's configuration consists of: values that know nothing of files and drivers."""

from enum import StrEnum
from typing import Any

import msgspec


class OnDeskLost(StrEnum):
    """What the bench does when the desk vanishes without a farewell."""

    SAFE = "safe"
    CONTINUE = "continue"


class InstrumentConfig(msgspec.Struct, frozen=True, kw_only=True):
    """One instrument of the bench.

    Attributes:
        driver: name of its driver, such as ``newport_esp300``.
        link: address, such as ``serial:///dev/ttyUSB0?baudrate=19200``.
        timeout_s: how long one exchange may take.
        min_interval_s: shortest time between two commands; the driver's own where that is longer.
        options: the driver's settings.
        limits: soft limits (minimum, maximum) by name.
        visa_library: see `links.visa.VisaLink`.
        usb: ``VID:PID:SERIAL`` of a USB serial adapter.
        faults: what goes wrong with the replies of a simulated instrument.
    """

    name: str
    driver: str
    link: str
    timeout_s: float = 2.0
    min_interval_s: float = 0.0
    options: dict[str, Any] = {}
    limits: dict[str, tuple[float, float]] = {}
    visa_library: str = "@py"
    usb: str = ""
    faults: dict[str, Any] = {}


class ScheduleSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Above which use of the processor or the memory, in percent, no scheduled run starts; 100 is never."""

    max_cpu_percent: float = 80.0
    max_memory_percent: float = 80.0
