"""The drivers against `pyvisa-sim` files: somebody else's idea of the instruments."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchwright.core.errors import InstrumentError
from benchwright.instruments.building import build_instrument
from benchwright.instruments.config_values import InstrumentConfig

pytest.importorskip("pyvisa_sim")

MOTOR = r"""
spec: "1.1"
devices:
  esp300:
    eom:
      ASRL INSTR:
        q: "\r"
        r: "\r\n"
      GPIB INSTR:
        q: "\r"
        r: "\r\n"
    error: "?"
    dialogues:
      - { q: "VE?", r: "ESP300 Version 3.0" }
      - { q: "TE?", r: "0" }
      - { q: "1SN?", r: "7" }
      - { q: "1MD?", r: "1" }
      - { q: "1ID?", r: "URS75CC, SN0001" }
      - { q: "ST" }
      - { q: "1ST" }
    properties:
      position:
        default: 0
        getter: { q: "1TP?", r: "{:.4f}" }
        setter: { q: "1PA{}" }
        specs: { type: float }
      velocity:
        default: 20
        getter: { q: "1VA?", r: "{:.4f}" }
        setter: { q: "1VA{}" }
        specs: { type: float }
resources:
  ASRL1::INSTR:
    device: esp300
  GPIB0::2::INSTR:
    device: esp300
"""

METER = r"""
spec: "1.1"
devices:
  "1830-C":
    eom:
      GPIB INSTR:
        q: "\n"
        r: "\n"
    error: "?"
    dialogues:
      - { q: "D?", r: "+1.234E-3" }
      - { q: "U?", r: "1" }
      - { q: "R?", r: "0" }
      - { q: "Q?", r: "128" }
    properties:
      wavelength:
        default: 633
        getter: { q: "W?", r: "{:04d}" }
        setter: { q: "W{:04d}" }
        specs: { type: int }
resources:
  GPIB0::5::INSTR:
    device: "1830-C"
"""

SUPPLY = r"""
spec: "1.1"
devices:
  supply:
    eom:
      TCPIP SOCKET:
        q: "\n"
        r: "\n"
      USB INSTR:
        q: "\n"
        r: "\n"
    error: "-1"
    dialogues:
      - { q: "*IDN?", r: "SCPI,MOCK,SN0,1.0" }
      - { q: "*CLS" }
      - { q: "SYST:ERR?", r: '0,"No error"' }
      - { q: "MEAS:VOLT?", r: "+4.9991E+00" }
    properties:
      voltage:
        default: 1.0
        getter: { q: "VOLT?", r: "{:.3f}" }
        setter: { q: "VOLT {}" }
        specs: { min: 0, max: 30, type: float }
      output:
        default: 1
        getter: { q: "OUTP?", r: "{:d}" }
        setter: { q: "OUTP {}" }
        specs: { type: int }
resources:
  TCPIP0::localhost::5025::SOCKET:
    device: supply
  USB0::0x1111::0x2222::0x1::INSTR:
    device: supply
"""

Make = Callable[..., Any]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Any] = []

    def make(driver: str, resource: str, text: str, **options: Any) -> Any:
        (tmp_path / "instruments.yaml").write_text(text, "utf-8")
        config = InstrumentConfig(
            name="x",
            driver=driver,
            link=f"visa://{resource}",
            visa_library="instruments.yaml@sim",
            options=options,
            timeout_s=1.0,
        )
        made.append(build_instrument(config, tmp_path))
        return made[-1]

    yield make
    for instrument in made:
        instrument.port.close()


@pytest.mark.parametrize("resource", ["ASRL1::INSTR", "GPIB0::2::INSTR"])
def test_esp300(make: Make, resource: str) -> None:
    motor = make("newport_esp300", resource, MOTOR)
    motor.move_absolute(45.5)
    assert motor.get_position() == 45.5
    motor.set_velocity(12)
    assert motor.get_velocity() == 12
    assert motor.identify() == "ESP300 Version 3.0"
    assert motor.identify_stage() == "URS75CC, SN0001"
    motor.stop()
    motor.safe_state()
    with pytest.raises(InstrumentError, match="'\\?' to MO\\?, not 0 or 1"):
        motor.is_motor_enabled()
    assert motor.get_position() == 45.5


def test_1830c(make: Make) -> None:
    meter = make("newport_1830c", "GPIB0::5::INSTR", METER)
    assert meter.read_power() == 1.234e-3
    meter.set_wavelength(850)
    assert meter.get_wavelength() == 850
    assert meter.read_status()["read_done"] is True
    with pytest.raises(InstrumentError, match="'\\?' to F\\?, not a number"):
        meter.get_filter()
    assert meter.read_power() == 1.234e-3


@pytest.mark.parametrize("resource", ["TCPIP0::localhost::5025::SOCKET", "USB0::0x1111::0x2222::0x1::INSTR"])
def test_a_scpi_supply(make: Make, resource: str) -> None:
    supply = make("generic_supply", resource, SUPPLY)
    supply.set_voltage(5)
    assert supply.get_voltage() == 5
    assert supply.measure_voltage() == 4.9991
    assert supply.identify() == "SCPI,MOCK,SN0,1.0"


def test_declared_commands(make: Make) -> None:
    commands = [
        {
            "name": "set_voltage",
            "kind": "command",
            "command": "VOLT {volts:.2f}",
            "parameters": [{"name": "volts", "maximum": 30}],
        },
        {"name": "get_voltage", "kind": "query", "command": "VOLT?", "unit": "V"},
    ]
    resource = "TCPIP0::localhost::5025::SOCKET"
    supply = make(
        "generic_scpi",
        resource,
        SUPPLY,
        commands=commands,
        safe_state=["OUTP 0"],
        safe_state_check={"OUTP?": "0"},
    )
    supply.set_voltage(7.5)
    assert supply.get_voltage() == 7.5
    supply.safe_state()
