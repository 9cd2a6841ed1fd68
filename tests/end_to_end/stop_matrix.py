"""Stops hostile scripts in every way and measures: how late a call is accepted, when the process is gone."""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.safety import safety_line
from tests.end_to_end.attacking import EXIT_CODES, Event, workers
from tests.end_to_end.counting_board import Arrivals, read_arrivals
from tests.end_to_end.stop_attacks import StopAttack
from tests.helpers.cli import APP, ServedBench, cli_command, cli_environment, served_bench
from tests.helpers.ordinary_user import as_ordinary_user, beside, make_theirs

OUTCOMES = {"cancel": "cancelled", "timeout": "timeout", "estop": "emergency_stopped"}
TIMEOUT_S = 1.0
REPOSITORY = Path(APP).parent


class Measured(NamedTuple):
    """What a stop took, in milliseconds after it was asked for; what came before it has negative ones."""

    attack: str
    stop: str
    last_call_ms: float
    gone_ms: float
    over_ms: float
    problems: list[str]


@dataclass
class Site:
    """A bench with the instruments that count, of one user, and the folder that scripts are written to."""

    bench: ServedBench
    board: "subprocess.Popen[str]"
    folder: Path
    prefix: Sequence[str]

    def arrivals(self) -> Arrivals:
        """Return what reached the board since the last time."""
        assert self.board.stdin is not None
        assert self.board.stdout is not None
        self.board.stdin.write("\n")
        self.board.stdin.flush()
        return read_arrivals(self.board.stdout.readline())

    @property
    def is_ordinary(self) -> bool:
        """Whether it is another user's, one without privileges."""
        return bool(self.prefix)

    @contextmanager
    def command(self, *arguments: str | Path) -> Iterator["subprocess.Popen[str]"]:
        """Start a command of this user on the bench."""
        process = subprocess.Popen(
            [*self.prefix, *cli_command(*arguments, "--data-dir", self.bench.data_dir)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=cli_environment(HOME=str(self.folder)),
            text=True,
        )
        with process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()


@contextmanager
def site(*, ordinary: bool) -> Iterator[Site]:
    """Serve a bench, as this user or as one without privileges."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="benchwright-stops-")))
        board = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "tests.end_to_end.counting_board"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=REPOSITORY,
                env=cli_environment(),
                text=True,
            )
        )
        assert board.stdout is not None
        data = folder / "data"
        data.mkdir(mode=0o700)
        (data / "bench.toml").write_text(json.loads(board.stdout.readline()), encoding="utf-8")
        if ordinary:
            make_theirs(folder)
        prefix = as_ordinary_user() if ordinary else ()
        bench = stack.enter_context(served_bench(data, prefix=prefix))
        yield Site(bench, board, folder, beside(bench.pid) if ordinary else ())


class Leftovers(NamedTuple):
    """What a run could leave behind: the bench's own, its zygote's, the system's."""

    descriptors: int
    threads: int
    zygote_descriptors: int
    processes: int
    scratch: list[str]
    shared: list[str]

    def exceed(self, before: "Leftovers") -> bool:
        """Tell whether there is more of anything than before."""
        counts = zip(self[:4], before[:4], strict=True)
        return any(now > then for now, then in counts) or self[4:] != before[4:]


def leftovers(bench: ServedBench) -> Leftovers:
    """Look at the bench from outside."""
    process = psutil.Process(bench.pid)
    (zygote,) = process.children()
    scratch = bench.data_dir / "scratch"
    return Leftovers(
        process.num_fds(),
        process.num_threads(),
        zygote.num_fds(),
        len(workers(bench)),
        sorted(path.name for path in scratch.iterdir()) if scratch.exists() else [],
        shared_memory_of(process.uids().real),
    )


def shared_memory_of(user: int) -> list[str]:
    """Return the shared memory of a user, none for ourselves: that may be of other tests."""
    if user == os.getuid():
        return []
    files = [each.path for each in os.scandir("/dev/shm") if each.stat(follow_symlinks=False).st_uid == user]
    lines = Path("/proc/sysvipc/shm").read_text(encoding="ascii").splitlines()[1:]
    return sorted(files) + [line for line in lines if line.split()[7] == str(user)]


class Started:
    """A script that runs: its command, its process, and the clock that its stop is measured by."""

    def __init__(self, bench: ServedBench, attack: StopAttack, process: "subprocess.Popen[str]") -> None:
        self.attack = attack
        self.process = process
        self.asked_s = 0.0
        self.last: Event = {}
        self._gone_s = 0.0
        events = self._until_here()
        self._pidfd = os.pidfd_open(_worker_of(bench, events[0]["run_id"]))
        running = next(each for each in events if each.get("state") == "running")
        self.timeout_s = running["monotonic_s"] + TIMEOUT_S

    def _until_here(self) -> list[Event]:
        assert self.process.stdout is not None
        events = []
        for line in self.process.stdout:
            events.append(json.loads(line))
            if events[-1].get("text") == "here":
                return events
        raise AssertionError(f"{self.attack.name} ended before it was here: {events[-1:]}")

    def follow(self) -> None:
        """Read to the end, and note when the process of the script is gone."""
        with ThreadPoolExecutor(1) as pool:
            gone = pool.submit(_time_of_end, self._pidfd)
            assert self.process.stdout is not None
            for line in self.process.stdout:
                text = line
        self._gone_s = gone.result()
        os.close(self._pidfd)
        self.last = json.loads(text)
        self.process.wait(10)
        self._over_s = time.monotonic()

    def measured(self, stop: str, arrivals: Arrivals) -> Measured:
        """Say how long after the request things happened."""
        last_call_s = arrivals.last_s.get(self.attack.motor, self.asked_s)
        times = last_call_s, self._gone_s, self._over_s
        last_call_ms, gone_ms, over_ms = ((each - self.asked_s) * 1000 for each in times)
        problems = self._problems(stop, arrivals)
        return Measured(self.attack.name, stop, last_call_ms, gone_ms, over_ms, problems)

    def _problems(self, stop: str, arrivals: Arrivals) -> list[str]:
        """Say what is not as it has to be however busy the machine is."""
        last, outcome = self.last, OUTCOMES[stop]
        counted = last["calls"].get("board.set_motor_speed", {"count": 0})["count"]
        stopped = {each["name"] for each in last["instruments"] if _is_stopped(each)}
        used = {call.partition(".")[0] for call in last["calls"] if not call.endswith(".ask")}
        found = {
            "it ends otherwise": (last["outcome"], self.process.returncode) == (outcome, EXIT_CODES[outcome]),
            "a row is missing": last["rows"] >= 1,
            "a call is not counted": 0 < arrivals.counts.get(self.attack.motor, 0) <= counted,
            "the policy is not told": stopped == (set() if stop == "estop" else used),
            "a motor still runs": not arrivals.running,
        }
        return [f"{problem}: {last}, {arrivals}" for problem, is_so in found.items() if not is_so]


def _is_stopped(report: dict[str, Any]) -> bool:
    """Tell whether the policy was carried out; others may have started a motor of the same board since."""
    return report["outcome"] == "safe" or "after STOP the count of motors" in str(report["message"])


def _time_of_end(pidfd: int) -> float:
    select.select([pidfd], [], [], 20.0)
    return time.monotonic()


def _worker_of(bench: ServedBench, run_id: str) -> int:
    """Return the process of a run: the one that works in its scratch folder."""
    for pid in workers(bench):
        with suppress(OSError):  # of another run, which is over by now
            if Path(f"/proc/{pid}/cwd").readlink().name == run_id:
                return pid
    raise AssertionError(f"no process works in the folder of {run_id}")


def _cancel(site: Site, runs: Sequence[Started]) -> None:
    for run in runs:
        run.asked_s = time.monotonic()
        run.process.send_signal(signal.SIGINT)


def _time_out(site: Site, runs: Sequence[Started]) -> None:
    for run in runs:
        run.asked_s = run.timeout_s


def _press(site: Site, runs: Sequence[Started]) -> None:
    asked_s = time.monotonic()
    reply = safety_line.press(DataFolder.at(site.bench.data_dir), "a test")
    assert {each["outcome"] for each in reply.instruments} == {"safe"}, reply
    for run in runs:
        run.asked_s = asked_s


STOPS: dict[str, Callable[[Site, Sequence[Started]], None]] = {
    "cancel": _cancel,
    "timeout": _time_out,
    "estop": _press,
}


def stop_together(site: Site, stop: str, attacks: Sequence[StopAttack]) -> list[Measured]:
    """Start some attacks, stop them, check what became of them, and measure."""
    site.arrivals()
    timeout = ("--timeout", str(TIMEOUT_S)) if stop == "timeout" else ()
    with ExitStack() as stack, ThreadPoolExecutor(len(attacks)) as pool:

        def start(attack: StopAttack) -> Started:
            script = site.folder / attack.name
            script.write_text(attack.source, encoding="utf-8")
            command = ("script", "run", script, "--grant", "all", "--json", *timeout)
            return Started(site.bench, attack, stack.enter_context(site.command(*command)))

        runs = list(pool.map(start, attacks))
        followed = [pool.submit(run.follow) for run in runs]
        STOPS[stop](site, runs)
        for each in followed:
            each.result()
    arrivals = site.arrivals()
    if stop == "estop":
        safety_line.reset(DataFolder.at(site.bench.data_dir), "a test")
    assert workers(site.bench) == []
    return [run.measured(stop, arrivals) for run in runs]


def warm_up(site: Site) -> None:
    """Let the bench make what it makes once: its launcher, and connections to all instruments."""
    next_run(site)
    folder = DataFolder.at(site.bench.data_dir)
    safety_line.press(folder, "a test")
    safety_line.reset(folder, "a test")


def next_run(site: Site) -> None:
    """Check that a run after all that is as good as any."""
    script = site.folder / "next.lua"
    script.write_text("device_set_motor_speed(1, 5) return device_get_status().connected", encoding="utf-8")
    with site.command("script", "run", script, "--grant", "all", "--json") as process:
        output, errors = process.communicate(timeout=20)
    last = json.loads(output.splitlines()[-1])
    assert (process.returncode, last["result"], last["outcome"]) == (0, True, "completed"), (last, errors)


def table(measured: Sequence[Measured], of: Callable[[Measured], Any]) -> str:
    """Return the worst of each group as lines for people; times in ms."""
    groups: dict[Any, list[Measured]] = {}
    for each in measured:
        groups.setdefault(of(each), []).append(each)
    lines = [f"{'':34}{'runs':>6}{'last call':>11}{'gone':>8}{'median':>8}{'over':>8}"]
    for name, members in groups.items():
        gone = sorted(each.gone_ms for each in members)
        last_call = max(each.last_call_ms for each in members)
        over = max(each.over_ms for each in members)
        line = f"{name!s:34}{len(members):6}{last_call:11.1f}{gone[-1]:8.1f}{gone[len(gone) // 2]:8.1f}"
        lines.append(f"{line}{over:8.1f}")
    return "\n".join(lines)
