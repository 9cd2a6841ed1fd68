"""A laser of the Maker Model: what it can do, declared once, in the order of its manual.

Source: the name of the manual, its chapter. Lines of ASCII that end in LF; commands are not answered.
"""

from collections.abc import Mapping
from typing import Annotated

from benchwright.core.errors import InstrumentError
from benchwright.core.permissions import Permission
from benchwright.core.values import Value
from benchwright.instruments.descriptor import Quantity, command, query
from benchwright.instruments.instrument import Instrument

# A number with its unit and the range that the instrument takes; `limit` is the name of its soft limit.
Power = Annotated[float, Quantity("mW", minimum=0, maximum=50, limit="power")]


class MyInstrument(Instrument):
    """Sets the power of a laser, and switches it."""

    MAKER = "Maker"
    MODEL = "Model"
    WRITE_TERMINATOR = b"\n"
    READ_TERMINATOR = b"\n"
    STOP_BYTES = b"OUT 0\n"  # what an emergency stop sends at once, beside whatever goes on

    @query()
    def identify(self) -> str:
        """Read maker, model and version."""
        return self.ask_text("*IDN?", r"Maker,Model,.*", "its name")

    @command(permission=Permission.DEVICE_WRITE)  # a setting that switches nothing
    def set_power(self, power: Power) -> None:
        """Set the power that the laser has when it is on."""
        self.port.command(f"POW {power:.3f}")

    @query(unit="mW")
    def get_power(self) -> float:
        """Read the set power."""
        return self.parse_float(self.port.query("POW?"), "POW?")

    @command()  # needs device:control: light comes out
    def set_output(self, on: bool) -> None:
        """Switch the laser on or off."""
        self.port.command(f"OUT {int(on)}")

    @query()
    def is_on(self) -> bool:
        """Tell whether the laser is on."""
        return self.parse_boolean(self.port.query("OUT?"), "OUT?")

    @query(unit="degC", telemetry="temperature")  # shown live, and recorded by scripts with telemetry_read
    def read_temperature(self) -> float:
        """Read the temperature of the diode."""
        return self.parse_float(self.port.query("TEMP?"), "TEMP?")

    def safe_state(self) -> None:
        """Switch the laser off and confirm it.

        Raises:
            InstrumentError: it stayed on, or its state cannot be read.
        """
        self.port.command("OUT 0")
        if self.is_on():
            raise InstrumentError(self.name, "the laser stayed on after OUT 0")

    def snapshot(self) -> dict[str, Value]:
        """Return what `on_stop = "return"` goes back to."""
        return {"power": self.get_power(), "on": self.is_on()}

    def restore(self, snapshot: Mapping[str, Value]) -> None:
        """Go back to a snapshot."""
        self.set_power(snapshot["power"])
        self.set_output(snapshot["on"])


DRIVER = MyInstrument
