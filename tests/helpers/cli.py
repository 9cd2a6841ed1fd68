"""Runs the command line as real processes, and a bench that several tests may share."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

APP = str(Path(__file__).resolve().parents[2] / "app")
TIMEOUT_S = 30.0


def cli_command(*arguments: str | Path) -> list[str]:
    """Return the command that runs Benchwright with these arguments."""
    return [sys.executable, "-m", "benchwright", *map(str, arguments)]


def cli_environment(**changes: str) -> dict[str, str]:
    """Return the environment for it: that of the test, with the package importable."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS")}
    return {**kept, "PYTHONPATH": APP, "PYTHONWARNINGS": "error", **changes}


@dataclass(frozen=True)
class Done:
    """How a command ended, and all that it wrote."""

    code: int
    stdout: str
    stderr: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """The JSON objects of its lines."""
        return [json.loads(line) for line in self.stdout.splitlines()]

    @property
    def last(self) -> dict[str, Any]:
        """The last of them."""
        return self.events[-1]

    def of_kind(self, *kinds: str) -> list[dict[str, Any]]:
        """Return the events of these kinds."""
        return [event for event in self.events if event["event"] in kinds]

    def fields(self, kind: str, name: str) -> list[Any]:
        """Return one field of all events of a kind."""
        return [event[name] for event in self.of_kind(kind)]


def run_cli(*arguments: str | Path, cwd: Path | None = None, **environment: str) -> Done:
    """Run a command to its end, with nothing on its standard input."""
    done = subprocess.run(
        cli_command(*arguments),
        capture_output=True,
        stdin=subprocess.DEVNULL,
        cwd=cwd,
        env=cli_environment(**environment),
        timeout=TIMEOUT_S,
    )
    result = Done(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert f'File "{APP}' not in result.stderr, result.stderr  # a traceback of ours
    assert "made a mistake" not in result.stderr
    return result


@contextmanager
def started_cli(
    *arguments: str | Path, cwd: Path | None = None, prefix: Sequence[str] = (), **environment: str
) -> Iterator["subprocess.Popen[str]"]:
    """Start a command, with pipes; it is ended with the block, if it has not by then.

    `prefix` goes before the command, such as to run it as somebody else.
    """
    process = subprocess.Popen(
        [*prefix, *cli_command(*arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=cwd,
        env=cli_environment(**environment),
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


@dataclass(frozen=True)
class ServedBench:
    """A bench of its own process, serving a data folder."""

    data_dir: Path
    pid: int

    def run(self, *arguments: str | Path, cwd: Path | None = None, **environment: str) -> Done:
        """Run a command that attaches to it."""
        return run_cli(*arguments, "--data-dir", self.data_dir, cwd=cwd, **environment)


@contextmanager
def served_bench(data_dir: Path, *arguments: str | Path, prefix: Sequence[str] = ()) -> Iterator[ServedBench]:
    """Serve a data folder until the end of the block; `prefix` goes before the command."""
    command = ("serve", "--data-dir", data_dir, "--json", *arguments)
    with started_cli(*command, prefix=prefix, HOME=str(data_dir)) as process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        assert ready, process.stderr and process.stderr.read()
        assert json.loads(ready)["event"] == "bench_ready", ready
        yield ServedBench(data_dir, process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait(TIMEOUT_S) == 0
