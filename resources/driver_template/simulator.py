"""A simulated laser that answers as the manual says: for trying scripts without it, and for tests."""

from benchwright.instruments.simulation.simulator import Simulator
from benchwright.instruments.simulation.world import World


class MySimulator(Simulator):
    """Warms up while it is on."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._power_mw = 0.0
        self._is_on = False
        self._noise = world.random("laser")

    def respond(self, line: str) -> list[str]:
        """Return what the instrument answers to a line: nothing, to a command."""
        match line.split():
            case ["*IDN?"]:
                return ["Maker,Model,1.0"]
            case ["POW", power]:
                self._power_mw = float(power)
            case ["POW?"]:
                return [f"{self._power_mw:.3f}"]
            case ["OUT", state]:
                self._is_on = state == "1"
            case ["OUT?"]:
                return [str(int(self._is_on))]
            case ["TEMP?"]:
                return [f"{25 + 0.2 * self._power_mw * self._is_on + self._noise.gauss(0, 0.05):.2f}"]
        return []


SIMULATOR = MySimulator
