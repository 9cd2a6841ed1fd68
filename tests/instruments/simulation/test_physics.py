from statistics import fmean, stdev

import pytest

from benchwright.instruments.simulation import VirtualBench
from benchwright.instruments.simulation.circuit import (
    AMBIENT_C,
    R0_OHM,
    TEMPERATURE_COEFFICIENT_PER_K,
    THERMAL_RESISTANCE_K_PER_W,
)
from benchwright.instruments.simulation.optics import DARK_W, P0_W, RELATIVE_NOISE
from tests.instruments.virtual import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def bench(clock: ManualClock) -> VirtualBench:
    return VirtualBench(seed=3, clock=clock)


def ask(bench: VirtualBench, name: str, line: str) -> str:
    (reply,) = bench.simulators[name].respond(line)
    return reply


def tell(bench: VirtualBench, name: str, line: str) -> None:
    assert bench.simulators[name].respond(line) == []


@pytest.mark.parametrize(
    ("angle", "share"), [(0, 1.0), (30, 0.75), (45, 0.5), (60, 0.25), (90, 0.0), (-45, 0.5)]
)
def test_power_follows_malus_law(bench: VirtualBench, clock: ManualClock, angle: float, share: float) -> None:
    tell(bench, "esp300", f"1PA{angle}")
    clock.now_s += 60
    expected = P0_W * share + DARK_W
    assert float(ask(bench, "newport", "D?")) == pytest.approx(expected, rel=6 * RELATIVE_NOISE, abs=8e-9)


def test_power_changes_while_the_polariser_turns(bench: VirtualBench, clock: ManualClock) -> None:
    tell(bench, "esp300", "1PA90")
    powers = []
    for _ in range(6):
        powers.append(float(ask(bench, "newport", "D?")))
        clock.now_s += 0.4
    assert powers == sorted(powers, reverse=True)
    assert powers[1] > 1.1 * powers[2] > 1.2 * powers[3] > 0


def test_travel_takes_the_time_that_velocity_and_acceleration_say(
    bench: VirtualBench, clock: ManualClock
) -> None:
    for command in ("1VA10", "1AC20", "1AG20", "1PA45"):
        tell(bench, "esp300", command)
    clock.now_s += 45 / 10 + 10 / 20 - 0.01
    assert ask(bench, "esp300", "1MD?") == "0"
    clock.now_s += 0.02
    assert ask(bench, "esp300", "1MD?") == "1"
    assert float(ask(bench, "esp300", "1TP?")) == 45.0


def test_time_passes_faster_at_a_time_scale(clock: ManualClock) -> None:
    bench = VirtualBench(clock=clock, time_scale=100.0)
    tell(bench, "esp300", "1PA40")  # 40 deg at 40 deg/s and 200 deg/s**2
    clock.now_s += 0.0119
    assert ask(bench, "esp300", "1MD?") == "0"
    clock.now_s += 0.0002
    assert ask(bench, "esp300", "1MD?") == "1"


def test_noise_is_the_same_for_the_same_seed_only() -> None:
    def readings(seed: int) -> list[str]:
        bench = VirtualBench(seed=seed, clock=ManualClock())
        questions = [("newport", "D?"), ("multimeter", "MEAS:VOLT:DC?"), ("board", "READ? TEMPERATURE")]
        return [ask(bench, name, question) for name, question in questions * 3]

    assert readings(1) == readings(1)
    assert readings(1) != readings(2)


def test_a_slow_filter_averages_noise_away(bench: VirtualBench) -> None:
    def spread(filter_: int) -> float:
        tell(bench, "newport", f"F{filter_}")
        return stdev(float(ask(bench, "newport", "D?")) for _ in range(200))

    fast, slow = spread(3), spread(1)
    assert fast == pytest.approx(RELATIVE_NOISE * P0_W, rel=0.25)
    assert fast / slow == pytest.approx(16**0.5, rel=0.25)


def test_the_multimeter_reads_what_the_supply_drives_by_ohms_law(
    bench: VirtualBench, clock: ManualClock
) -> None:
    tell(bench, "supply", "VOLT 2.0")
    tell(bench, "supply", "OUTP ON")
    volts = float(ask(bench, "multimeter", "MEAS:VOLT:DC?"))
    amperes = float(ask(bench, "multimeter", "MEAS:CURR:DC?"))
    assert volts == pytest.approx(2.0, abs=1e-3)
    assert volts / amperes == pytest.approx(R0_OHM, rel=1e-3)
    assert float(ask(bench, "supply", "MEAS:CURR?")) == pytest.approx(amperes, abs=2e-3)


def test_the_load_heats_up_and_its_resistance_rises_to_the_steady_state(
    bench: VirtualBench, clock: ManualClock
) -> None:
    tell(bench, "supply", "VOLT 5")
    tell(bench, "supply", "OUTP 1")
    cold_a = float(ask(bench, "multimeter", "MEAS:CURR:DC?"))
    clock.now_s += 120
    volts, amperes = (float(ask(bench, "multimeter", f"MEAS:{q}:DC?")) for q in ("VOLT", "CURR"))
    assert amperes < 0.95 * cold_a
    warmth_k = THERMAL_RESISTANCE_K_PER_W * volts * amperes
    assert volts / amperes == pytest.approx(R0_OHM * (1 + TEMPERATURE_COEFFICIENT_PER_K * warmth_k), rel=1e-3)


def test_the_load_cools_down_again(bench: VirtualBench, clock: ManualClock) -> None:
    for line in ("VOLT 5", "OUTP ON"):
        tell(bench, "supply", line)
    clock.now_s += 120
    assert bench.world.load.temperature_c() > AMBIENT_C + 20
    tell(bench, "supply", "OUTP OFF")
    clock.now_s += 120
    assert bench.world.load.temperature_c() == pytest.approx(AMBIENT_C, abs=0.1)
    assert float(ask(bench, "multimeter", "MEAS:RES?")) == pytest.approx(R0_OHM, rel=1e-3)


def test_the_supply_limits_the_current(bench: VirtualBench) -> None:
    for line in ("VOLT 30", "CURR 0.1", "OUTP ON"):
        tell(bench, "supply", line)
    assert float(ask(bench, "multimeter", "MEAS:CURR:DC?")) == pytest.approx(0.1, abs=1e-4)
    assert float(ask(bench, "multimeter", "MEAS:VOLT:DC?")) == pytest.approx(0.1 * R0_OHM, rel=1e-2)


def test_a_driven_resistor_cannot_be_measured(bench: VirtualBench) -> None:
    for line in ("VOLT 1", "OUTP ON"):
        tell(bench, "supply", line)
    assert float(ask(bench, "multimeter", "MEAS:RES?")) >= 9.9e37


def test_a_motor_of_the_board_spins_up(bench: VirtualBench, clock: ManualClock) -> None:
    assert ask(bench, "board", "MOTOR 7 80") == "OK"
    assert ask(bench, "board", "MOTOR? 7") == "MOTOR 7 0.0"
    clock.now_s += 0.3
    assert float(ask(bench, "board", "MOTOR? 7").split()[2]) == pytest.approx(80 * 0.632, abs=0.1)
    clock.now_s += 5
    assert ask(bench, "board", "MOTOR? 7") == "MOTOR 7 80.0"
    currents = [float(ask(bench, "board", "READ? CURRENT").split()[1]) for _ in range(20)]
    assert fmean(currents) == pytest.approx(0.12 + 0.4 * 0.8, abs=0.01)
