"""Newport 1830-C optical power meter.

Source: Newport 1830-C Optical Power Meter User's Manual, section 5.4 (commands and queries) and Appendix A
(status byte). One letter and a parameter, or ``?``; commands give no reply; every line ends in LF. The serial
port runs at 9600 baud, 8N1, without handshake: ``serial:///dev/ttyS0?baudrate=9600``.

The meter sends a bare number in the units that it shows, so the driver asks for the units before the first
reading after the link was opened. A reading in watts or as a ratio always has an exponent, a logarithmic
one never: a reading that does not fit the units makes the driver ask again. Where hands may change the
units, `lock_panel` helps.
"""

from typing import Annotated

from benchwright.core.errors import InstrumentError
from benchwright.core.permissions import Permission
from benchwright.core.values import Value
from benchwright.instruments.descriptor import Quantity, command, query
from benchwright.instruments.instrument import Instrument

_UNITS = {"W": 1, "dB": 2, "dBm": 3, "REL": 4}
_FILTERS = {"slow": 1, "medium": 2, "fast": 3}
_SATURATED, _OVER_RANGE, _BUSY, _READ_DONE = 4, 8, 32, 128  # bits of the status byte, Appendix A

Wavelength = Annotated[int, Quantity("nm", 300, 1800, limit="wavelength")]
Range = Annotated[int, Quantity(minimum=0, maximum=8)]
Units = Annotated[str, Quantity(choices=tuple(_UNITS))]
Filter = Annotated[str, Quantity(choices=tuple(_FILTERS))]


class Newport1830C(Instrument):
    """Reads optical power with a Newport 1830-C."""

    MAKER = "Newport"
    MODEL = "1830-C"
    WRITE_TERMINATOR = b"\n"
    READ_TERMINATOR = b"\n"
    SYNC = ("W?", r"0?[3-9]\d\d|1[0-8]\d\d")

    @query(unit="W", telemetry="power")
    def read_power(self) -> float:
        """Read the optical power, whichever units the meter shows.

        Raises:
            InstrumentError: the meter shows a ratio, or is over range.
        """
        reading = self._read()
        if self._units == "W":
            return reading
        if self._units == "dBm":
            return float(1e-3 * 10 ** (reading / 10))
        raise InstrumentError(self.name, f'shows {self._units}, a ratio; choose set_units("W")')

    @query()
    def read_display(self) -> float:
        """Read the number that the meter shows, in its units."""
        return self._read()

    @command(permission=Permission.DEVICE_WRITE)
    def set_wavelength(self, wavelength: Wavelength) -> None:
        """Set the wavelength that the detector's calibration is taken at."""
        self._set("W", wavelength, f"{wavelength:04d}")

    @query(unit="nm")
    def get_wavelength(self) -> int:
        """Read the wavelength that the calibration is taken at."""
        return self._ask("W")

    @command(permission=Permission.DEVICE_WRITE)
    def set_units(self, units: Units) -> None:
        """Set the units of the display."""
        self._set("U", _UNITS[units])
        self._units = units

    @query()
    def get_units(self) -> str:
        """Read the units of the display: W, dB, dBm or REL."""
        self._units = self._name_of(_UNITS, "U")
        return self._units

    @command(permission=Permission.DEVICE_WRITE)
    def set_range(self, range: Range) -> None:  # noqa: A002 - the meter's word
        """Set the signal range.

        Args:
            range: 1 (weakest light) to 8; 0 chooses by itself
        """
        self._set("R", range)
        self._range = range

    @query()
    def get_range(self) -> int:
        """Read the signal range, 0 where the meter chooses by itself."""
        found = self._ask("R")
        self._range = found
        return found

    @command(permission=Permission.DEVICE_WRITE)
    def set_filter(self, filter: Filter) -> None:  # noqa: A002 - the meter's word
        """Set how many readings are averaged: slow 16, medium 4, fast 1."""
        self._set("F", _FILTERS[filter])

    @query()
    def get_filter(self) -> str:
        """Read how readings are averaged: slow, medium or fast."""
        return self._name_of(_FILTERS, "F")

    @command(permission=Permission.DEVICE_WRITE)
    def set_attenuator(self, fitted: bool) -> None:
        """Tell the meter whether the detector's attenuator is fitted."""
        self._set("A", int(fitted))

    @query()
    def get_attenuator(self) -> bool:
        """Read whether the meter takes the attenuator as fitted."""
        return bool(self._ask("A"))

    @command(permission=Permission.DEVICE_WRITE)
    def set_zero(self, on: bool) -> None:
        """Take the present reading as zero, or end that."""
        self._set("Z", int(on))

    @query()
    def get_zero(self) -> bool:
        """Read whether a zero is subtracted."""
        return bool(self._ask("Z"))

    @command(permission=Permission.DEVICE_WRITE)
    def lock_panel(self, locked: bool) -> None:
        """Lock or free the front panel."""
        self._set("L", int(locked))

    @query()
    def read_status(self) -> dict[str, Value]:
        """Read the status byte: saturated, over_range, busy, read_done."""
        status = self._ask("Q")
        bits = {"saturated": _SATURATED, "over_range": _OVER_RANGE, "busy": _BUSY, "read_done": _READ_DONE}
        return {name: bool(status & bit) for name, bit in bits.items()}

    @query()
    def identify(self) -> str:
        """Make sure that the meter answers; it has no words for what it is."""
        self._ask("W")
        return f"{self.MAKER} {self.MODEL}"

    # --- life and safety ---

    def on_connected(self) -> None:
        """Forget what a reading depends on; the next one asks for units and range."""
        self._forget()

    def safe_state(self) -> None:
        """Do nothing: a meter emits nothing and moves nothing, so each of its states is safe."""

    # --- how ---

    _units = ""  # as the meter has them; empty and None: not known
    _range: int | None = None

    def _forget(self) -> None:
        self._units = ""
        self._range = None

    def _read(self) -> float:
        reply = self.port.query("D?")
        reading = self.parse_float(reply, "D?")
        if not self._units or ("E" in reply.upper()) != (self._units in ("W", "REL")):
            self.get_units()  # not known, or changed at the front panel
            reading = self.parse_float(self.port.query("D?"), "D?")
        if self._range is None:
            self.get_range()
        if self._range:
            self._check_range()
        return reading

    def _check_range(self) -> None:
        status = self._ask("Q")
        if status & (_SATURATED | _OVER_RANGE):
            why = "the detector is saturated" if status & _SATURATED else f"range {self._range} is exceeded"
            raise InstrumentError(self.name, f"no reading: {why}")

    def _ask(self, letter: str) -> int:
        return self.parse_integer(self.port.query(f"{letter}?"), f"{letter}?")

    def _name_of(self, names: dict[str, int], letter: str) -> str:
        code = self._ask(letter)
        for name, known in names.items():
            if known == code:
                return name
        raise self.senseless(str(code), f"{letter}?", f"1 to {len(names)}")

    def _set(self, letter: str, value: int, shown: str = "") -> None:
        try:
            with self.port.transaction():
                self.port.command(f"{letter}{shown or value}")
                found = self._ask(letter)
        except BaseException:
            self._forget()  # it may have been taken or not
            raise
        if found != value:
            raise InstrumentError(self.name, f"did not take {letter}{shown or value}: it is {found}")


DRIVER = Newport1830C
