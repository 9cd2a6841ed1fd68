"""The emergency stop from outside the bench: over the safety line, else by opening the ports ourselves."""

import contextlib
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from benchwright.bench.data_folder import LATCH_FILE, DataFolder
from benchwright.bench.safety import safety_line

if TYPE_CHECKING:
    from benchwright.instruments.config import Config

BENCH_FILE = "bench.json"  # which process serves the folder, with which configuration


def write_bench_file(folder: Path, config_file: str) -> None:
    """Leave word of this bench for whoever must stop its instruments without it.

    Raises:
        StorageError: it cannot be written.
    """
    from benchwright.bench.storage.files import write_atomic

    content = {"pid": os.getpid(), "config_file": config_file}
    write_atomic(folder / BENCH_FILE, json.dumps(content).encode())


def emergency_stop(
    folder: DataFolder, config_file: Path | None, source: str, on_acknowledged: Callable[[], None]
) -> safety_line.SafetyReply:
    """Stop everything on a bench: by the bench itself, or in its place when there is none or it hangs.

    Returns:
        the report per instrument.

    Raises:
        ConfigurationError: there is no bench, and the configuration cannot be read.
    """
    try:
        reply = safety_line.press(folder, source, on_acknowledged)
    except safety_line.BenchSilent:
        kill_bench(folder)
    except safety_line.NoBench:
        pass
    else:
        is_kept = (folder.path / LATCH_FILE).exists()  # else it is latched only until the bench ends
        return reply if is_kept else reply._replace(unlatched=_latch(folder, source))
    config_file = config_file or last_config_file(folder)
    return safe_state(folder, load_config(config_file, folder), source, latch=True)


def safe_state(
    folder: DataFolder, config: "Config", source: str, *, latch: bool = False
) -> safety_line.SafetyReply:
    """Open the ports of all instruments in this process and put them in their safe state.

    Args:
        latch: whether nothing may act afterwards until a person resets it.
    """
    import msgspec

    from benchwright.instruments.manager import InstrumentSet
    from benchwright.instruments.port import SafetyLatch
    from benchwright.instruments.safety import stop_all

    unlatched = _latch(folder, source) if latch else ""
    safety_latch = SafetyLatch()
    instruments = InstrumentSet(config, safety_latch, lambda name, state, message: None)
    try:
        report = stop_all(instruments, safety_latch)
    finally:
        instruments.close()
    return safety_line.SafetyReply([msgspec.structs.asdict(stopped) for stopped in report], unlatched)


def _latch(folder: DataFolder, source: str) -> str:
    """Let no bench of this folder act; return why it cannot be done, which is no reason not to stop."""
    from benchwright.bench.safety.emergency import latch_file_content
    from benchwright.bench.storage.files import write_atomic
    from benchwright.core.errors import StorageError

    try:
        folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomic(folder.path / LATCH_FILE, latch_file_content(source))
    except (OSError, StorageError) as error:
        return str(error)
    return ""


def reset(folder: DataFolder, source: str) -> None:
    """Release the latch, of the running bench or of the next one.

    Raises:
        BenchSilent: the bench hangs.
    """
    try:
        safety_line.reset(folder, source)
    except safety_line.NoBench:
        (folder.path / LATCH_FILE).unlink(missing_ok=True)


def last_config_file(folder: DataFolder) -> Path | None:
    """Return the configuration of the folder's last bench, None for the built-in one."""
    name = _bench_file(folder).get("config_file", "")
    return Path(str(name)) if name else None


def load_config(config_file: Path | None, folder: DataFolder) -> "Config":
    """Read a configuration: that of the file, else the data folder's own, else the built-in one.

    Raises:
        ConfigurationError: it is not valid.
    """
    from benchwright.instruments.config import Config

    if config_file is None and folder.config_file.exists():
        config_file = folder.config_file
    return Config.from_file(config_file) if config_file else Config.demo()


def kill_bench(folder: DataFolder) -> None:
    """End the process that holds the folder's lock, and nobody else; it hangs and holds the ports."""
    pid = folder.bench_pid()
    if pid is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        _wait_until_gone(folder)


def _wait_until_gone(folder: DataFolder) -> None:
    deadline_s = time.monotonic() + 2.0
    while folder.bench_pid() is not None and time.monotonic() < deadline_s:
        time.sleep(0.005)


def _bench_file(folder: DataFolder) -> dict[str, object]:
    try:
        content = json.loads((folder.path / BENCH_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
