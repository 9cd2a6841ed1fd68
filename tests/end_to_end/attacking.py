"""Hostile scripts as real runs, a few at a time: how each is to end, and what it may leave behind."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from tests.helpers.cli import Done, ServedBench

AT_ONCE = 3
Event = dict[str, Any]

# Speaks the protocol past Benchwright's own code: `tell` sends messages, `raw` sends bytes.
PROTOCOL = """
import os, stat, struct, time, msgspec
channel = next(n for n in range(3, 64) if stat.S_ISSOCK(os.fstat(n).st_mode))
def raw(data):
    while data:
        data = data[os.write(channel, data):]
def frame(body): return struct.pack("<I", len(body)) + body
def tell(*messages): raw(b"".join(frame(msgspec.msgpack.encode(each)) for each in messages))
def call(number, method, *args): return ["call", number, "", method, list(args), {}, 0, False]
"""


class Attack(NamedTuple):
    """A script and how its run is to end; `words` are part of the error's message."""

    name: str
    source: str
    outcome: str
    words: str = ""
    arguments: tuple[str, ...] = ()

    @property
    def language(self) -> str:
        """The suffix of the script; the name says it."""
        return self.name.rpartition(".")[2]


class Verdict(NamedTuple):
    """How a run ended, as the command that ran it told."""

    outcome: str
    code: int
    message: str


EXIT_CODES = {
    "completed": 0,
    "failed": 1,
    "crashed": 1,
    "timeout": 3,
    "resource_limit": 4,
    "emergency_stopped": 6,
    "cancelled": 130,
}


def workers(bench: ServedBench) -> list[int]:
    """Return the processes below those that the bench started: the workers of its runs."""
    zygotes = psutil.Process(bench.pid).children()
    return [worker.pid for zygote in zygotes for worker in zygote.children(recursive=True)]


def try_all(bench: ServedBench, folder: Path, attacks: Iterable[Attack]) -> None:
    """Let each run to its end; all of them must end as expected and leave no process."""

    def run(attack: Attack) -> Verdict:
        script = _written(folder, attack)
        return _verdict(bench.run("script", "run", script, "--grant", "all", "--json", *attack.arguments))

    _compare(attacks, run)
    assert workers(bench) == []


def _written(folder: Path, attack: Attack) -> Path:
    script = folder / attack.name
    script.write_text(attack.source, encoding="utf-8")
    return script


def _verdict(done: Done) -> Verdict:
    last = done.last
    assert last["event"] == "run_finished", last
    return Verdict(last["outcome"], done.code, (last["error"] or {}).get("message", ""))


def _compare(attacks: Iterable[Attack], run: Callable[[Attack], Verdict]) -> None:
    attacks = list(attacks)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        verdicts = list(pool.map(run, attacks))
    wrong = {
        attack.name: verdict
        for attack, verdict in zip(attacks, verdicts, strict=True)
        if verdict[:2] != (attack.outcome, EXIT_CODES[attack.outcome]) or attack.words not in verdict.message
    }
    assert not wrong, wrong
