"""A power supply with one SCPI output.

Source: SCPI-1999 volume 2, chapters 3 (MEASure), 15 (OUTPut) and 19 (SOURce); the commands are the short
forms that the common bench supplies share (Keysight E36100, Rigol DP800, Siglent SPD). Lines end in LF.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from benchwright.core.errors import InstrumentError
from benchwright.core.permissions import Permission
from benchwright.core.values import Value
from benchwright.instruments.descriptor import Quantity, command, query
from benchwright.instruments.scpi_instrument import ScpiInstrument

Voltage = Annotated[float, Quantity("V", minimum=0, limit="voltage")]
Current = Annotated[float, Quantity("A", minimum=0, limit="current")]


class GenericSupply(ScpiInstrument):
    """Feeds a circuit from a SCPI power supply."""

    MODEL = "SCPI power supply"
    STOP_BYTES = b"OUTP OFF\n"

    @command()
    def set_voltage(self, voltage: Voltage) -> None:
        """Set the output voltage."""
        self.act(f"VOLT {voltage:.6g}")

    @query(unit="V")
    def get_voltage(self) -> float:
        """Read the set voltage."""
        return self.measure("VOLT?")

    @command()
    def set_current(self, current: Current) -> None:
        """Set the current limit."""
        self.act(f"CURR {current:.6g}")

    @query(unit="A")
    def get_current(self) -> float:
        """Read the set current limit."""
        return self.measure("CURR?")

    @command()
    def output_on(self) -> None:
        """Switch the output on."""
        self.act("OUTP ON")

    @command(permission=Permission.DEVICE_WRITE)
    def output_off(self) -> None:
        """Switch the output off."""
        self.act("OUTP OFF")

    @query()
    def is_output_on(self) -> bool:
        """Tell whether the output is on."""
        return self.parse_boolean(self.port.query("OUTP?"), "OUTP?")

    @query(unit="V", telemetry="voltage")
    def measure_voltage(self) -> float:
        """Measure the voltage at the output."""
        return self.measure("MEAS:VOLT?")

    @query(unit="A", telemetry="current")
    def measure_current(self) -> float:
        """Measure the current that flows."""
        return self.measure("MEAS:CURR?")

    def safe_state(self) -> None:
        """Switch the output off and confirm it.

        Raises:
            InstrumentError: the output stayed on, or its state cannot be read.
        """
        self.port.command("OUTP OFF")
        if self.is_output_on():
            raise InstrumentError(self.name, "the output stayed on after OUTP OFF")

    def snapshot(self) -> dict[str, Value]:
        """Return voltage, current limit and whether the output is on."""
        return {"voltage": self.get_voltage(), "current": self.get_current(), "on": self.is_output_on()}

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Go back to the setpoints of a `snapshot`."""
        self.set_voltage(snapshot["voltage"])
        self.set_current(snapshot["current"])
        if snapshot["on"]:
            self.output_on()
        else:
            self.output_off()


DRIVER = GenericSupply
