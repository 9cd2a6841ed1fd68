"""A simulated cryostat behind process variables, in the lines of our link: something to try declarations on.

Source: `links.epics`.
"""

import json
from typing import Any

from benchwright.instruments.simulation.simulator import Simulator
from benchwright.instruments.simulation.world import World

AMBIENT_K = 295.0


class CryostatSimulator(Simulator):
    """A setpoint, a heater, a name, and a temperature that is at the setpoint at once."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._values: dict[str, Any] = {"CRYO:SP": AMBIENT_K, "CRYO:HEATER": 0, "CRYO:NAME": "cryostat"}

    def respond(self, line: str) -> list[str]:
        verb, _, name, value = (*line.split(" ", 3), "", "", "", "")[:4]
        if verb == "get" and not value:
            return [json.dumps(self._get(name))]
        if verb in ("put", "wait"):
            return [json.dumps(self._put(name, value))]
        return []

    def _get(self, name: str) -> dict[str, Any]:
        known = {**self._values, "CRYO:TEMP": self._values["CRYO:SP"] if self._values["CRYO:HEATER"] else 4.2}
        if name not in known:
            return {"error": "not connected"}
        return {"value": known[name], "severity": 0, "alarm": ""}

    def _put(self, name: str, value: str) -> dict[str, Any]:
        if name not in self._values:
            return {"error": "cannot be written"}
        try:
            wanted = json.loads(value)
        except (ValueError, RecursionError):
            return {"error": "no value"}
        if not isinstance(wanted, type(self._values[name])) and not isinstance(wanted, (int, float)):
            return {"error": "a value of another type"}
        self._values[name] = wanted
        return {}


SIMULATOR = CryostatSimulator
