"""Instruments that are not there, or answer badly: one sentence at the script's line, exit 1, rows kept."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.end_to_end.conftest import WriteScript
from tests.helpers.cli import Done, run_cli

SCRIPT = """local meter = instruments.get("meter")
record{ before = 1 }
record{ power = meter:read_power() }
"""


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port that never takes a connection, as a host that drops packets: its backlog is full."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def run_with(tmp_path: Path, write: WriteScript, link: str, faults: str = "") -> Done:
    """Run the script with a meter of this link and these faults."""
    config = tmp_path / "bench.toml"
    config.write_text(
        f'[instruments.meter]\ndriver = "newport_1830c"\nlink = "{link}"\ntimeout_s = 0.2\n{faults}\n'
    )
    script = write("scan.lua", SCRIPT)
    return run_cli("script", "run", script, "--config", config, "--data-dir", tmp_path / "data", "--json")


def check(done: Done, sentence: str) -> None:
    assert done.code == 1
    assert done.stderr == ""
    assert sentence in done.last["error"]["message"]
    assert (done.last["error"]["line"], done.last["outcome"], done.last["rows"]) == (3, "failed", 1)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("garbage", "to D?, not a number"),
        ("partial", "was not complete within 0.2 s"),
        ("silence", "meter: no answer within 0.2 s"),
        ("disconnect", "meter: the other end closed sim://newport"),
    ],
)
def test_a_bad_answer(tmp_path: Path, write: WriteScript, fault: str, sentence: str) -> None:
    check(run_with(tmp_path, write, "sim://newport", f"faults = {{ {fault} = 1.0 }}"), sentence)


def test_a_host_that_drops_packets(tmp_path: Path, write: WriteScript, deaf_port: int) -> None:
    link = f"tcp://127.0.0.1:{deaf_port}"
    check(run_with(tmp_path, write, link), f"meter: no connection to {link} within 0.2 s")


def test_a_port_where_nothing_listens(tmp_path: Path, write: WriteScript) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        link = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
        check(run_with(tmp_path, write, link), f"meter: nothing listens at {link} (connection refused)")
