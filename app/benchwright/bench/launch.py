"""Starts a bench as a child process, or attaches to the one that runs."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

from benchwright.bench.client import BenchClient
from benchwright.bench.data_folder import DataFolder
from benchwright.core.errors import (
    BenchUnavailable,
    BenchwrightError,
    ConfigurationError,
    ErrorInfo,
    error_from_info,
)
from benchwright.core.operator_messages import BenchStatus

START_TIMEOUT_S = 20.0


def bench_command(*arguments: str) -> list[str]:
    """Return the command line that runs Benchwright itself with these arguments."""
    if getattr(sys, "frozen", False):
        return [sys.executable, *arguments]
    return [sys.executable, "-m", "benchwright", *arguments]


def attach(folder: DataFolder, config_file: Path | None = None) -> BenchClient:
    """Attach to the bench of a data folder; where none runs, start one that ends after its last client.

    Raises:
        BenchUnavailable: the bench cannot be started, or it runs with another configuration.
        ConfigurationError: the configuration is not valid.
    """
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            client = BenchClient.connect(folder)
        except BenchUnavailable:
            if time.monotonic() > deadline_s:
                raise
            start_child(folder, config_file)
        else:
            return _checked(client, config_file)


def start_child(folder: DataFolder, config_file: Path | None) -> "subprocess.Popen[bytes]":
    """Start a bench process and wait until it serves.

    Returns at once when another process was faster: the caller connects again.

    Raises:
        BenchwrightError: the bench says why it does not start.
    """
    arguments = ["serve", "--data-dir", str(folder.path), "--child"]
    if config_file is not None:
        arguments += ["--config", str(config_file)]
    child = subprocess.Popen(
        bench_command(*arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C on the terminal is for the desk, not for the bench
    )
    # The child outlives this call and perhaps us; if not, somebody has to take note of its end.
    threading.Thread(target=child.wait, name="bench's end", daemon=True).start()
    assert child.stdout is not None
    with child.stdout:
        first_line = child.stdout.readline()
    if not first_line:
        raise BenchUnavailable("the bench ended while it started; see bench.log in the data folder")
    report = json.loads(first_line)
    if report["event"] == "bench_failed":
        error = error_from_info(ErrorInfo(report["code"], report["message"]))
        if not isinstance(error, BenchUnavailable):
            raise error
        time.sleep(0.02)  # another bench holds the folder: it serves soon, or it is about to end
    return child


def _checked(client: BenchClient, config_file: Path | None) -> BenchClient:
    if config_file is None:
        return client
    try:
        status = client.request(BenchStatus())
        assert isinstance(status, dict)
        running = str(status["config_file"])
        if not config_file.exists():
            raise ConfigurationError("there is no such file", str(config_file))
        if not running or Path(running).resolve() != config_file.resolve():
            shown = running or "the built-in demo bench"
            raise BenchUnavailable(f"a bench with another configuration ({shown}) runs on this data folder")
    except BenchwrightError:
        client.close()
        raise
    return client
