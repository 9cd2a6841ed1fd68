"""What holds for every simulator: it never breaks, whatever it is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchwright.instruments.drivers.registry import driver_names, simulator_class
from benchwright.instruments.simulation import Simulator, World
from tests.instruments.virtual import ManualClock

# fmt: off
WORDS = [
    "1PA", "2PR", "1VA", "1AC", "1AG", "1SL", "1SR", "1SN", "1DH", "1OR", "1WS", "1MF", "1MO", "1ST", "AB",
    "TB?", "TE?", "TS", "1TP?", "1TV?", "9TP?", "1MD?", "1DP?", "D?", "Q?", "W", "R", "U", "Z", "G", "S",
    "C", "F", "A?", "VOLT", "CURR", "OUTP", "ON", "OFF", "MEAS:VOLT?", "MEAS:RES?", "CONF:CURR", "READ?",
    "*RST", "*CLS", "*IDN?", "SYST:ERR?", "FREQ", "MOTOR", "MOTOR?", "OUT", "OUT?", "STOP", "READ?",
    "STATE?", "HALT", "!", "TEMPERATURE", "MIN", "MAX",
]
# fmt: on
numbers = st.one_of(
    st.integers(-10, 400).map(str),
    st.floats().map(repr),
    st.sampled_from(
        ["1e999", "-1e999", "1e-300", "nan", "9" * 3000, "1" * 3000 + "PA1", "0x1F", "1_0", "+-1", "."]
    ),
)
lines = st.lists(st.one_of(st.sampled_from(WORDS), numbers, st.text(max_size=5)), max_size=5)
scripts = st.lists(
    st.tuples(lines, st.sampled_from(["", " ", ";"]), st.floats(0, 1000)),
    min_size=1,
    max_size=12,
)


@pytest.mark.parametrize("driver", driver_names())
@given(script=scripts)
def test_it_answers_or_not_but_goes_on(driver: str, script: list[tuple[list[str], str, float]]) -> None:
    clock = ManualClock()
    simulator: Simulator = simulator_class(driver)(World(clock=clock))
    for words, joint, seconds in script:
        line = (
            joint.join(words).encode("ascii", errors="replace").decode("ascii")[:4096]
        )  # the server takes no more
        for reply in simulator.respond(line):
            assert "\n" not in reply
            assert len(reply.encode("latin-1")) < 10_000
        assert simulator.blocked_s() >= 0 or simulator.is_urgent(line)
        clock.now_s += seconds
