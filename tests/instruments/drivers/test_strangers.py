"""Programs and drivers by strangers use the virtual bench as they would the real instruments."""

import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from benchwright.instruments.simulation import SimulationServer, serve_virtual_bench
from tests.instruments.virtual import FAST, address

pymeasure_esp300 = pytest.importorskip("pymeasure.instruments.newport.esp300")
pyvisa = pytest.importorskip("pyvisa")

# PyMeasure wonders aloud whether the ESP300 speaks SCPI.
pytestmark = pytest.mark.filterwarnings("ignore:It is not known whether this device:FutureWarning")

ENDS = {"write_termination": "\r", "read_termination": "\r\n"}


@pytest.fixture
def server() -> Iterator[SimulationServer]:
    server = serve_virtual_bench(time_scale=FAST, ptys=sys.platform != "win32")
    yield server
    server.close()


@pytest.fixture
def visa() -> Iterator[Any]:
    manager = pyvisa.ResourceManager("@py")
    yield manager
    manager.close()


def visa_name(server: SimulationServer, name: str) -> str:
    host, port = address(server, name)
    return f"TCPIP0::{host}::{port}::SOCKET"


def terminal(server: SimulationServer, name: str) -> str:
    if sys.platform == "win32":
        pytest.skip("there are no pseudo terminals")
    return server.pty_paths()[name]


@pytest.fixture(params=["socket", "visa over a terminal", "pyserial"])
def esp300(request: pytest.FixtureRequest, server: SimulationServer) -> Iterator[Any]:
    """PyMeasure's driver over each kind of adapter that reaches the simulated controller."""
    from pymeasure.adapters import SerialAdapter, VISAAdapter

    if request.param == "socket":
        adapter: Any = VISAAdapter(visa_name(server, "esp300"), visa_library="@py", **ENDS)
    elif request.param == "pyserial":
        adapter = SerialAdapter(terminal(server, "esp300"), baudrate=19200, timeout=2, **ENDS)
    else:
        path = terminal(server, "esp300")
        adapter = VISAAdapter(f"ASRL{path}::INSTR", visa_library="@py", baud_rate=19200, **ENDS)
    instrument = pymeasure_esp300.ESP300(adapter)
    yield instrument
    adapter.close()
    if hasattr(adapter, "manager"):
        adapter.manager.close()


def test_all_of_an_axis(esp300: Any) -> None:
    axis = esp300.x
    assert axis.position == 0
    assert axis.motion_done is True
    assert axis.units == "degree"
    axis.position = 45
    axis.wait_for_stop()
    assert axis.position == 45
    axis.wait_for_stop(delay=0.01)
    axis.disable()
    assert axis.enabled is False
    axis.enable()
    assert axis.enabled is True
    axis.left_limit = -90
    axis.right_limit = 90.5
    assert (axis.left_limit, axis.right_limit) == (-90, 90.5)
    axis.define_position(12.5)
    assert axis.position == 12.5
    axis.zero()
    assert axis.position == 0
    axis.units = "radian"
    assert axis.units == "radian"
    assert esp300.errors == []


def test_home_and_motion_in_between(esp300: Any) -> None:
    esp300.write("2VA0.5")
    esp300.y.position = 20
    assert esp300.y.motion_done is False
    esp300.y.wait_for_stop()
    esp300.y.home()
    esp300.y.wait_for_stop()
    assert esp300.y.position == 0
    assert esp300.phi.position == 0


def test_errors_as_the_manual_has_them(esp300: Any) -> None:
    assert esp300.error == 0
    esp300.x.position = 9999
    esp300.write("1XX")
    esp300.write("PA5")
    errors = [str(error) for error in esp300.errors]
    assert errors[0].endswith("axis 1 reported the error: POSITIVE SOFTWARE LIMIT DETECTED")
    assert errors[1].endswith("COMMAND DOES NOT EXIST")
    assert errors[2].endswith("AXIS NUMBER MISSING")
    esp300.write("1XX")
    esp300.clear_errors()
    assert esp300.error == 0


def test_the_controller_as_a_whole(esp300: Any) -> None:
    assert sorted(axis.axis for axis in esp300.axes) == ["1", "2", "3"]
    assert esp300.ask("VE?").strip() == "ESP300 Version 3.04 07/27/01"
    assert esp300.id == "ESP300 Version 3.04 07/27/01"
    esp300.disable()
    assert [axis.enabled for axis in esp300.axes] == [False] * 3
    esp300.x.position = 5
    assert [str(error)[-17:] for error in esp300.errors] == ["MOTOR NOT ENABLED"]
    esp300.enable()
    assert [axis.enabled for axis in esp300.axes] == [True] * 3
    esp300.write("1XX")
    esp300.clear()
    assert esp300.check_errors() == []
    assert (esp300.complete, esp300.status) == ("1", "0")
    esp300.shutdown()


def test_the_bare_defaults_of_a_visa_socket_do(server: SimulationServer) -> None:
    from pymeasure.adapters import VISAAdapter

    adapter = VISAAdapter(visa_name(server, "esp300"), visa_library="@py", read_termination="\r\n")
    esp300 = pymeasure_esp300.ESP300(adapter)  # commands then end in CR LF
    esp300.x.position = 10
    esp300.x.wait_for_stop()
    assert esp300.x.position == 10
    adapter.close()
    adapter.manager.close()


@pytest.mark.parametrize(
    ("name", "identity"),
    [
        ("supply", "Benchwright,Virtual supply 30V 3A,SN-0002,1.0"),
        ("multimeter", "Benchwright,Virtual multimeter 6.5,SN-0003,1.0"),
        ("esp300", "ESP300 Version 3.04 07/27/01"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_identities_over_a_visa_socket(
    server: SimulationServer, visa: Any, name: str, identity: str, end: str
) -> None:
    with visa.open_resource(
        visa_name(server, name), read_termination="\n", write_termination=end
    ) as resource:
        assert resource.query("*IDN?").strip() == identity


def test_two_strangers_and_the_light_between_them(server: SimulationServer, visa: Any) -> None:
    with (
        visa.open_resource(visa_name(server, "esp300"), **ENDS) as esp300,
        visa.open_resource(
            visa_name(server, "newport"), read_termination="\n", write_termination="\n"
        ) as meter,
    ):
        powers = []
        for angle in (0, 45, 90):
            esp300.write(f"1PA{angle}")
            while esp300.query("1MD?") != "1":
                time.sleep(0.001)
            powers.append(float(meter.query("D?")))
    assert powers[1] / powers[0] == pytest.approx(0.5, rel=0.01)
    assert powers[2] < powers[0] / 1000


def test_several_questions_on_a_line_over_a_socket(server: SimulationServer, visa: Any) -> None:
    with visa.open_resource(visa_name(server, "esp300"), **ENDS) as esp300:
        esp300.write("1VA20;1VA?;1TP?")
        assert [esp300.read(), esp300.read()] == ["20.0000", "0.0000"]
    with visa.open_resource(
        visa_name(server, "supply"), read_termination="\n", write_termination="\n"
    ) as supply:
        assert supply.query("VOLT 2;CURR 1;VOLT?;CURR?") == "2.0000;1.0000"
