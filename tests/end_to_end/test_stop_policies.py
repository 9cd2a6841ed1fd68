"""What becomes of the instruments of a stopped script: that is its stop policy's, and the bench's, to do."""

import json
import signal
import sqlite3
from typing import Any

import pytest

from tests.end_to_end.conftest import WriteScript
from tests.helpers.cli import ServedBench, started_cli

BEFORE = """
local supply = instruments.get("supply")
supply.set_voltage(2.0) supply.output_on()
device_set_motor_speed(1, 0) device_set_digital_output(3, false)
instruments.get("esp300").move_absolute(0)
"""
SCRIPTS = {
    "lua": """
local supply, motor = instruments.get("supply"), instruments.get("esp300")
local late <close> = setmetatable({}, {__close = function()
  pcall(supply.set_voltage, 1.5) pcall(device_set_motor_speed, 1, 99)
end})
supply.set_voltage(3.0)
device_set_motor_speed(1, 50) device_set_digital_output(3, true)
motor.move_absolute{ position = 170, wait = false }
for i = 1, 100 do record{ i = i } end
sleep(0.1) print("here")
while true do pcall(motor.wait_settled) pcall(sleep, 1) end""",
    "py": """
import threading
supply, motor = instruments.get("supply"), instruments.get("esp300")
def late():
    while True:
        sleep(0.01)
        if stopping:
            supply.set_voltage(1.5); device_set_motor_speed(1, 99)
stopping = False
threading.Thread(target=late).start()
supply.set_voltage(3.0)
device_set_motor_speed(1, 50); device_set_digital_output(3, True)
motor.move_absolute(position=170, wait=False)
for i in range(100): record(i=i)
sleep(0.1); print("here")
try:
    while True: motor.wait_settled(); sleep(1)
finally:
    stopping = True
    while True: supply.set_voltage(1.5)""",
}
AFTER = """
local supply, motor = instruments.get("supply"), instruments.get("esp300")
return { voltage = supply.get_voltage(), on = supply.is_output_on(), moves = motor.is_moving(),
  back = math.abs(motor.get_position()) < 0.1, speed = instruments.get("board").get_motor_speed(1),
  output = instruments.get("board").get_digital_output(3) }
"""
# The supply's set voltage and output, whether the stage is back where it was, and the board's output.
EXPECTED: dict[str, tuple[float, bool, bool, bool]] = {
    "safe": (3.0, False, False, False),
    "hold": (3.0, True, False, True),
    "return": (2.0, True, True, True),
}


@pytest.mark.parametrize(
    ("policy", "language"), [("safe", "lua"), ("hold", "lua"), ("return", "lua"), ("return", "py")]
)
def test_the_bench_does_what_the_policy_says_and_tells_of_each_instrument(
    bench: ServedBench, write: WriteScript, policy: str, language: str
) -> None:
    assert bench.run("script", "run", write("before.lua", BEFORE), "--json").code == 0
    last = stopped(bench, write, policy, language)
    assert [(each["name"], each["outcome"], each["message"]) for each in last["instruments"]] == [
        ("supply", "safe", ""),
        ("board", "safe", ""),
        ("esp300", "safe", ""),
    ]
    assert last["calls"]["supply.set_voltage"]["count"] == 1
    after = bench.run("script", "run", write("after.lua", AFTER), "--json").last["result"]
    found = (after["voltage"], after["on"], after["back"], after["output"])
    assert (found, after["moves"]) == (EXPECTED[policy], False)
    assert after["speed"] < 50  # it runs down
    rows = sqlite3.connect(f"file:{last['data_path']}?mode=ro", uri=True)
    try:
        assert rows.execute("SELECT count(*) FROM rows").fetchone() == (100,)
    finally:
        rows.close()


def stopped(bench: ServedBench, write: WriteScript, policy: str, language: str) -> dict[str, Any]:
    """Run a script to where it moves things, cancel it, and return its last event."""
    script = write(f"script.{language}", SCRIPTS[language], f'on_stop = "{policy}"')
    command = ("script", "run", script, "--grant", "all", "--json", "--data-dir", bench.data_dir)
    with started_cli(*command) as run:
        assert run.stdout is not None
        for line in run.stdout:
            if json.loads(line).get("text") == "here":
                run.send_signal(signal.SIGINT)
        assert run.wait(10) == 130
    last: dict[str, Any] = json.loads(line)
    assert (last["outcome"], last["rows"]) == ("cancelled", 100)
    return last
