"""Starts a bench as a child process, or attaches to the one that runs."""

import json
import subprocess
import threading
import time
from pathlib import Path

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.operators.client import BenchClient
from benchwright.core.errors import (
    BenchUnavailable,
    BenchwrightError,
    ConfigurationError,
    ErrorInfo,
    error_from_info,
)
from benchwright.core.operator_messages import BenchStatus
from benchwright.core.program import program_command

START_TIMEOUT_S = 20.0


def attach(folder: DataFolder, config_file: Path | None = None) -> BenchClient:
    """Attach to the bench of a data folder; where none runs, start one that ends after its last client.

    Raises:
        BenchUnavailable: the bench cannot be started, or it runs with another configuration.
        ConfigurationError: the configuration is not valid.
    """
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            client, running = _connect(folder)
        except BenchUnavailable:
            if time.monotonic() > deadline_s:
                raise
            start_child(folder, config_file)
        else:
            return _checked(client, running, config_file)


def _connect(folder: DataFolder) -> tuple[BenchClient, str]:
    """Attach and return the bench's configuration file, too; a bench that is about to end lets nobody in.

    Raises:
        BenchUnavailable: no bench runs, or it ends.
    """
    client = BenchClient.connect(folder)
    try:
        status = client.request(BenchStatus())
    except BenchwrightError:
        client.close()
        raise
    assert isinstance(status, dict)
    return client, str(status["config_file"])


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
        program_command(*arguments),
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


def _checked(client: BenchClient, running: str, config_file: Path | None) -> BenchClient:
    """Make sure that the bench runs with the configuration that is asked for."""
    if config_file is None:
        return client
    if config_file.exists() and running and Path(running).resolve() == config_file.resolve():
        return client
    client.close()
    if not config_file.exists():
        raise ConfigurationError("there is no such file", str(config_file))
    shown = running or "the built-in demo bench"
    raise BenchUnavailable(f"a bench with another configuration ({shown}) runs on this data folder")
