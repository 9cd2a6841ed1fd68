"""Classes on top of PyMeasure that do what strangers' classes do: talk early, wait, fail, send bytes."""

import time
from enum import IntFlag
from typing import Any

import numpy as np
from pymeasure.instruments import Channel, Instrument, SCPIMixin
from pymeasure.instruments.validators import strict_discrete_set, strict_range


class Output(Channel):  # type: ignore[misc]
    """One output."""

    level = Channel.control(
        "LEV{ch}?", "LEV{ch} %g", """Control the level in Volts.""", strict_range, (0, 5), dynamic=True
    )
    on = Channel.control(
        "OUT{ch}?", "OUT{ch} %d", "Control the output (bool).", strict_discrete_set, {True: 1, False: 0}, True
    )


class Alarms(IntFlag):
    """What may be wrong."""

    HOT = 1
    OPEN = 2


class Strange(SCPIMixin, Instrument):  # type: ignore[misc]
    """Configures the instrument while it is made.

    :param gain: how much.
    """

    first = Instrument.ChannelCreator(Output, 1)
    second = Instrument.ChannelCreator(Output, 2)
    alarms = Instrument.measurement("ALARM?", "Get the alarms.", get_process=lambda v: Alarms(int(v)))
    label = Instrument.control("LAB?", "LAB %s", "Control the label (str).", cast=str)
    both = Instrument.measurement("BOTH?", "Get both levels in V.")

    def __init__(self, adapter: Any, name: str = "Strange", gain: float = 1.0, **kwargs: Any) -> None:
        super().__init__(adapter, name, asrl={"write_termination": "\r"}, write_termination="\n", **kwargs)
        if gain > 100:
            raise ValueError("gain must be at most 100")
        self.write(f"GAIN {gain:g}")
        self.second.level_values = (0, 2)

    def trace(self) -> Any:
        """Read a trace."""
        self.write("TRAC?")
        return self.read_binary_values(header_bytes=3, termination_bytes=-1, dtype=np.dtype(">i2"))

    def wait(self, polls: int = 1000) -> int:
        """Wait until it is ready."""
        for count in range(polls):
            if self.values("READY?") == [1]:
                return count
            time.sleep(0.001)
        raise TimeoutError("never ready")

    def fail(self) -> None:
        """Fail as only a programmer can."""
        self.write("X")
        _ = dict[str, int]()["no such key"]

    def clear_connection(self) -> None:
        """Use what only a VISA connection has."""
        self.adapter.connection.assert_trigger()

    def swallow(self) -> str:
        """Hide every error."""
        try:
            self.write("OUT1 1")
        except Exception:  # noqa: BLE001
            return "hidden"
        return "sent"

    def nothing_like_it(self) -> object:
        """Give an object."""
        return object()


class Deaf(Strange):
    """Asks while it is made, and fails where nobody answers."""

    def __init__(self, adapter: Any, name: str = "Deaf", **kwargs: Any) -> None:
        super().__init__(adapter, name, **kwargs)
        if self.ask("MODEL?") != "X1":
            raise RuntimeError("not an X1")


class Plain:
    """No instrument at all."""
