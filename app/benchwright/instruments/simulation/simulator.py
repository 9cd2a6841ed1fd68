"""The base class of every simulated instrument."""

from abc import ABC, abstractmethod
from typing import ClassVar

from benchwright.instruments.simulation.world import World


class Simulator(ABC):
    """The far end of a link: takes command lines as the real instrument does and answers them.

    Every method is called from the thread that serves the virtual bench.
    """

    REPLY_TERMINATOR: ClassVar[bytes] = b"\n"

    def __init__(self, world: World) -> None:
        self.world = world

    @abstractmethod
    def respond(self, line: str) -> list[str]:
        """Act on one command line, given without its terminator, and return the replies in order."""

    def commands(self, line: str) -> list[str]:
        """Return the parts of a line between which the instrument may pause, see `blocked_s`."""
        return [line]

    def is_urgent(self, command: str) -> bool:
        """Tell whether the instrument acts on this command even while it is `blocked_s`."""
        return False

    def blocked_s(self) -> float:
        """Return for how many more simulated seconds the instrument puts off the next command."""
        return 0.0
