"""The unpacked bundle in the hands of the smoke test: its programs, where nothing else can help them."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

TIMEOUT_S: Final = 60.0
# Lays an empty folder over each place in a file system view of its own, then becomes the program.
_HIDE: Final = 'while [ "$1" != -- ]; do mount -t tmpfs -o size=4k none "$1"; shift; done; shift; exec "$@"'


def check(holds: object, otherwise: str) -> None:
    """Fail with a sentence unless something holds."""
    if not holds:
        raise AssertionError(otherwise)


class Bundle:
    """The two programs of an unpacked bundle, run with an environment from scratch in an empty home.

    Args:
        folder: where it is unpacked.
        home: its user's, made here.
        hidden: folders that its processes must not see; where the system does not allow that, none are.
    """

    def __init__(self, folder: Path, home: Path, hidden: Sequence[Path]) -> None:
        home.mkdir()
        self.folder, self.home = folder, home
        self.environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC"}
        self.hidden = list(hidden) if _can_hide(hidden) else []

    def command(self, program: str, *arguments: str) -> list[str]:
        """Return the command line of a program of the bundle."""
        return [*_hiding(self.hidden), str(self.folder / program), *arguments]

    def start(self, program: str, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
        """Start a program of the bundle."""
        return subprocess.Popen(
            self.command(program, *arguments),
            cwd=self.home,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, expected: int = 0) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end, with the exit code that is expected."""
        process = self.start("benchwright", *arguments)
        try:
            stdout, stderr = process.communicate(timeout=TIMEOUT_S)
        finally:
            process.kill()
        said = f"benchwright {' '.join(arguments)} ended with {process.returncode}: {stdout}{stderr}"
        check(process.returncode == expected, said)
        return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)

    def finished(self, script: str, *options: str, expected: int = 0) -> dict[str, Any]:
        """Run a script to its end and return what is told last."""
        lines = self.run("script", "run", script, "--json", *options, expected=expected).stdout.splitlines()
        events: list[dict[str, Any]] = [json.loads(line) for line in lines]
        (found,) = [event for event in events if event["event"] == "run_finished"]
        return found

    @contextmanager
    def endless(self, name: str, source: str) -> Iterator["subprocess.Popen[str]"]:
        """Run a script that prints a line and goes on for ever; the line was printed."""
        process = self.start("benchwright", "script", "run", str(self.write(name, source)))
        try:
            assert process.stdout is not None
            check(process.stdout.readline() == "going\n", "the script does not begin")
            yield process
        finally:
            process.kill()
            process.communicate()

    def runs(self) -> list[dict[str, Any]]:
        """Return the runs in the data folder, the newest last."""
        lines = self.run("runs", "list", "--json").stdout.splitlines()
        return sorted((json.loads(line) for line in lines), key=lambda run: str(run["run_id"]))

    def write(self, name: str, text: str) -> Path:
        """Write a file in the home."""
        path = self.home / name
        path.write_text(text, encoding="utf-8")
        return path

    def resources(self, *parts: str) -> Path:
        """Return a file or folder that the bundle brings."""
        return self.folder.joinpath("_internal", "benchwright", "_resources", *parts)

    def processes(self) -> list[int]:
        """Return the processes that run a program of this bundle."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and (entry / "exe").readlink().is_relative_to(self.folder):
                    found.append(int(entry.name))
            except OSError:
                continue  # it ended, or is another user's
        return found

    def end(self) -> None:
        """Kill what is left of the bundle's processes."""
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)


def _hiding(places: Sequence[Path]) -> list[str]:
    if not places:
        return []
    as_user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", "--mount", *as_user, "sh", "-euc", _HIDE, "sh", *map(str, places), "--"]


def _can_hide(places: Sequence[Path]) -> bool:
    try:
        return subprocess.run([*_hiding(places), "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
