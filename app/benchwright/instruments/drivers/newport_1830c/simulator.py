"""A simulated 1830-C that looks at the virtual bench's beam.

Source of the protocol: Newport 1830-C Optical Power Meter User's Manual, section 5.4 (commands and queries)
and Appendix A (status byte): one letter and a parameter, or ``?``; lines end in CR or LF; commands give no
reply, replies end in LF; at 9600 baud, 8N1. The light follows the wavelength that is set.
"""

import math

from benchwright.instruments.simulation.simulator import Simulator
from benchwright.instruments.simulation.world import World

WATT, DB, DBM, REL = 1, 2, 3, 4
PARAMETER_ERROR, COMMAND_ERROR, OVER_RANGE, READ_DONE = 1, 2, 8, 128
_SAMPLES = {1: 16, 2: 4, 3: 1}  # readings averaged by filter setting

# letter -> (power-on value, lowest, highest)
_SETTINGS = {
    "A": (0, 0, 1),  # attenuator fitted
    "B": (0, 0, 1),  # beep
    "E": (0, 0, 0),  # echo; not simulated
    "F": (2, 1, 3),  # filter: slow, medium, fast
    "G": (1, 0, 1),  # go or hold
    "K": (1, 0, 2),  # backlight
    "L": (0, 0, 1),  # front panel locked
    "M": (0, 0, 255),  # service request mask
    "R": (0, 0, 8),  # range, 0 is automatic
    "U": (WATT, WATT, REL),  # units
    "W": (633, 300, 1800),  # wavelength in nm
    "Z": (0, 0, 1),  # zero subtracted
}


class Newport1830CSimulator(Simulator):
    """The meter: settings by letter, a status byte, readings in the selected units."""

    REPLY_TERMINATOR = b"\n"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.settings = {letter: value for letter, (value, _, _) in _SETTINGS.items()}
        self.status = READ_DONE
        self._zero_w = 0.0
        self._reference_w = 1e-3
        self._held_w = 0.0

    def respond(self, line: str) -> list[str]:
        replies = (self._respond_one(command.strip().upper()) for command in line.split(";"))
        return [reply for reply in replies if reply is not None]

    def _respond_one(self, command: str) -> str | None:
        letter, parameter = command[:1], command[1:].strip()
        if command == "D?":
            return self._reading()
        if command == "Q?":
            return str(self.status)
        if command in ("C", "CS"):
            self.status = READ_DONE
        elif command == "S":
            self._reference_w = self._power_w()
        elif letter not in _SETTINGS:
            self.status |= COMMAND_ERROR if command else 0
        elif parameter == "?":
            return f"{self.settings[letter]:04d}" if letter == "W" else str(self.settings[letter])
        else:
            self._set(letter, parameter)
        return None

    def _set(self, letter: str, parameter: str) -> None:
        _, low, high = _SETTINGS[letter]
        if not (parameter.isascii() and parameter.isdecimal()) or not low <= int(parameter) <= high:
            self.status |= PARAMETER_ERROR
            return
        value = int(parameter)
        if letter == "G" and not value:
            self._held_w = self._power_w()
        if letter == "Z":
            self._zero_w = 0.0
            self._zero_w = self._power_w() if value else 0.0
        self.settings[letter] = value

    def _power_w(self) -> float:
        if not self.settings["G"]:
            return self._held_w
        return self.world.beam.power_w(_SAMPLES[self.settings["F"]]) - self._zero_w

    def _reading(self) -> str:
        power_w = self._power_w()
        full_scale_w = 10.0 ** (self.settings["R"] - 8)
        self.status = self.status & ~OVER_RANGE | READ_DONE
        if self.settings["R"] and power_w > full_scale_w:
            self.status |= OVER_RANGE
            power_w = full_scale_w
        return self._shown(power_w)

    def _shown(self, power_w: float) -> str:
        units = self.settings["U"]
        if units == WATT:
            return _engineering(power_w)
        if units == REL:
            return _engineering(power_w / self._reference_w)
        reference_w = 1e-3 if units == DBM else self._reference_w
        return f"{10 * math.log10(max(power_w, 1e-15) / reference_w):.3f}"


def _engineering(value: float) -> str:
    """Show a number with a power of ten that is a multiple of three, such as ``+501.2E-6``."""
    exponent = 3 * math.floor(math.log10(abs(value)) / 3) if value else 0
    return f"{value / 10.0**exponent:+.6g}E{exponent:d}"


SIMULATOR = Newport1830CSimulator
