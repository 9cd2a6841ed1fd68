"""The instruments of a bench: built once from the configuration, opened by need, closed together."""

import logging
from collections.abc import Callable, Iterator
from functools import partial

from benchwright.core.descriptors import InstrumentDescriptor
from benchwright.core.errors import LinkError, UnknownNameError
from benchwright.instruments.building import build_instrument
from benchwright.instruments.config import Config
from benchwright.instruments.instrument import Instrument
from benchwright.instruments.port import SafetyLatch

_log = logging.getLogger(__name__)

CLOSE_TIMEOUT_S = 1.0

InstrumentStateListener = Callable[[str, str, str], None]  # name, state, message


class InstrumentSet:
    """All instruments of a bench by name; iterating gives the instruments in the order of the configuration.

    Args:
        config: what instruments there are.
        latch: the emergency stop that all of them obey.
        on_state: told whenever the state of a link changes, in the thread that changed it.

    Raises:
        ConfigurationError: an instrument cannot be built.
    """

    def __init__(
        self,
        config: Config,
        latch: SafetyLatch | None = None,
        on_state: InstrumentStateListener = lambda name, state, message: None,
    ) -> None:
        self._instruments = {
            name: build_instrument(
                instrument,
                config.folder,
                latch,
                partial(on_state, name),
            )
            for name, instrument in config.instruments.items()
        }
        self._descriptors = {name: each.descriptor for name, each in self._instruments.items()}

    @property
    def names(self) -> list[str]:
        """The names, in the order of the configuration."""
        return list(self._instruments)

    def __iter__(self) -> Iterator[Instrument]:
        return iter(self._instruments.values())

    def get(self, name: str) -> Instrument:
        """Return an instrument; its link is opened by its first exchange.

        Raises:
            UnknownNameError: there is none of that name.
        """
        instrument = self._instruments.get(name)
        if instrument is None:
            raise UnknownNameError("instrument", name, self._instruments)
        return instrument

    def descriptors(self) -> dict[str, InstrumentDescriptor]:
        """Return what each instrument can do, soft limits included."""
        return dict(self._descriptors)

    def state(self, name: str) -> str:
        """Return the state of a link: closed, connecting, connected or lost.

        Raises:
            UnknownNameError: there is no such instrument.
        """
        return self.get(name).port.state

    def connect(self, name: str) -> None:
        """Open the link of an instrument now, whatever the back-off says.

        Raises:
            UnknownNameError: there is no such instrument.
            LinkError: it cannot be opened.
        """
        self.get(name).port.open()

    def disconnect(self, name: str) -> None:
        """Close the link of an instrument once its exchange is over; the next exchange opens it again.

        Raises:
            UnknownNameError: there is no such instrument.
            LinkError: its exchange does not come to an end.
        """
        self.get(name).port.close()

    def close(self) -> None:
        """Close all links; whoever makes exchanges is stopped before."""
        for instrument in self:
            try:
                instrument.port.close(CLOSE_TIMEOUT_S)
            except LinkError as error:
                _log.warning("not closed: %s", error)
