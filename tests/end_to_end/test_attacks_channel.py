"""A Python script that speaks the protocol itself gains nothing, harms no other run and is ended."""

from pathlib import Path

import pytest

from tests.end_to_end.attacking import PROTOCOL, Attack, try_all
from tests.end_to_end.conftest import WriteScript
from tests.helpers.cli import ServedBench

NOTHING = '{"type": "nothing"}'
# Name, what it sends, and words of the reason that ends it.
VIOLATIONS = [
    ("garbage", "raw(bytes(range(255, 0, -1)) * 20)", "a frame of"),
    ("huge_frame", 'raw(b"\\xff" * 4)', "a frame of 4294967295 bytes"),
    ("frame_just_too_large", 'raw(struct.pack("<I", 2**18 + 1))', "a frame of 262145 bytes"),
    ("empty_frame", "raw(bytes(4))", "no message"),
    ("no_message", 'tell(["exec", "x"])', "no message"),
    ("more_fields", 'tell(["progress", 1.0, 2.0, 3.0])', "no message"),
    ("length_bomb", 'raw(frame(b"\\xdd" + b"\\xff" * 4))', "no message"),
    (
        "nesting_bomb",
        'head = b"".join(map(msgspec.msgpack.encode, ("call", 9, "", "ask")))\n'  # noqa: ISC004
        'raw(frame(b"\\x98" + head + b"\\x91" * 99999 + b"\\xc0\\x80\\x00\\xc2"))',
        "no message",
    ),
    ("half_characters", 'raw(frame(b"\\x93\\xa3log\\xa4info\\xa2\\xff\\xfe"))', "no message"),
    ("second_ready", 'tell(["ready", {"none": "held"}])', "a second ready frame"),
    ("replayed_id", 'tell(call(99, "system_info"), call(99, "system_info"))', "do not rise"),
    ("negative_id", 'tell(call(-1, "system_info"))', "do not rise"),
    (
        "flood_of_calls",
        'tell(*(["call", n, "esp300", "move_absolute", [9.0], {}] for n in range(90, 99)))',
        "8",
    ),
    ("unknown_stream", 'tell(["output", "evil", ["x"]])', "a stream"),
    ("unknown_level", 'tell(["log", "evil", "x"])', "a log level"),
    ("unequal_columns", 'tell(["rows", [1.0, 2.0], {"a": [1]}])', "unequal length"),
    ("nested_cells", 'tell(["rows", [1.0], {"a": [[1]]}])', "a row with a value"),
    ("row_without_time", 'tell(["rows", [float("nan")], {"a": [1]}])', "a row without a time"),
    ("unknown_limit", 'tell(["limit", "x" * 9999, 1.0])', "a limit that there is not"),
    ("limit_without_value", 'tell(["limit", "max_memory_mb", float("nan")])', "a limit that there is not"),
    ("progress_of_nothing", 'tell(["progress", float("nan"), 1.0])', "progress that is no number"),
    ("limit_of_the_bench", 'tell(["limit", "max_execution_time_s", 30.0])', "a limit that there is not"),
    ("long_name", 'tell(["rows", [1.0], {"a" * 999: [1]}])', "256 characters"),
    ("end_and_more_rows", f'tell(["finished", {NOTHING}], ["rows", [1.0], {{"a": [1]}}])', "after the last"),
    (
        "end_and_more_calls",
        f'tell(["finished", {NOTHING}], call(99, "device_set_motor_speed", 1, 5))',
        "after the last",
    ),
    ("two_ends", f'tell(["finished", {NOTHING}], ["finished", {NOTHING}])', "after the last"),
]
# Nothing of ours speaks between two frames of theirs, or the halves of one.
ALONE = """
import benchwright.worker.session as own
own.Session.flush = own.Session._tell_line = lambda self: None
"""
ENDINGS = [
    Attack("half_a_frame.py", 'raw(b"\\x64\\x00")\nos._exit(0)', "crashed", "exit status 0"),
    Attack("closed.py", "os.close(channel)\nwhile True: pass", "crashed", "exit status 1"),
    Attack("silence.py", 'raw(b"\\x64")\nwhile True: pass', "timeout", arguments=("--timeout", "0.4")),
    Attack(
        "answers_unread.py",
        'for number in range(100, 10**9): tell(call(number, "system_info"))',
        "timeout",
        arguments=("--timeout", "0.4"),
    ),
    Attack(
        "flood_of_frames.py",
        'flood = frame(msgspec.msgpack.encode(["progress", 1.0, 2.0])) * 999\nwhile True: raw(flood)',
        "timeout",
        arguments=("--timeout", "0.4"),
    ),
    *(
        Attack(
            f"said_{code}.py",
            f'{ALONE}tell(["finished", {NOTHING}, {{"code": "{code}", "message": "mine"}}])\nos._exit(0)',
            "failed",
            "mine",
        )
        for code in ("emergency_stop", "resource_limit", "timeout", "cancelled")
    ),
    Attack(
        "own_limit.py",
        'tell(["limit", "max_memory_mb", 1e9, 2**40])\ntime.sleep(20)',
        "resource_limit",
        "max_memory_mb = 50",
    ),
    Attack(
        "own_end.py", ALONE + 'tell(["finished", {"type": "integer", "value": 5}])\nos._exit(0)', "completed"
    ),
]


def test_a_frame_that_breaks_the_protocol_ends_the_run(bench: ServedBench, tmp_path: Path) -> None:
    def attack(name: str, sent: str, words: str) -> Attack:
        return Attack(f"{name}.py", f"{PROTOCOL}{sent}\ntime.sleep(20)", "crashed", words)

    try_all(bench, tmp_path, (attack(*violation) for violation in VIOLATIONS))


def test_silence_floods_and_own_endings_come_to_nothing(bench: ServedBench, tmp_path: Path) -> None:
    try_all(bench, tmp_path, (each._replace(source=PROTOCOL + each.source) for each in ENDINGS))


FLOODS = {
    "progress": '["progress", 1.0, 2.0]',
    "log": '["log", "info", "x" * 9999]',
    "line": '["line", 3]',
    "rows": '["rows", [1.0] * 200, {"a": [1] * 200}]',
}
HONEST = """
local power = instruments.get("newport")
for i = 1, 40 do record{ power = power:read_power() } sleep(0.02) end
return "done"
"""


def test_floods_leave_other_runs_alone(bench: ServedBench, tmp_path: Path) -> None:
    floods = [
        Attack(
            f"{name}.py",
            f"{PROTOCOL}{ALONE}flood = frame(msgspec.msgpack.encode({message})) * 99\nwhile True: raw(flood)",
            "timeout",
            arguments=("--timeout", "1"),
        )
        for name, message in FLOODS.items()
    ]
    honest = [Attack(f"honest_{number}.lua", HONEST, "completed") for number in range(2)]
    try_all(bench, tmp_path, [floods[0], honest[0], *floods[1:], honest[1]])


@pytest.mark.parametrize("target", ["", "esp300", "nobody"])
def test_own_calls_pass_no_permission(bench: ServedBench, write: WriteScript, target: str) -> None:
    source = f"""
import threading
asked = [("{target}", name) for name in ("device_set_motor_speed", "move_absolute", "_port", "stop")]
tell(*(["call", 100 + n, target, name, [1, 50], {{}}] for n, (target, name) in enumerate(asked)))
sleep(0.2)
"""
    script = write("calls.py", PROTOCOL + source)
    done = bench.run("script", "run", script, "--grant", "none", "--json")
    assert done.last["outcome"] == "completed", done.last
    assert done.last["calls"] == {}
