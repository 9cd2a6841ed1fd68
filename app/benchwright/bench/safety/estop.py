"""The emergency stop from outside the bench: over the safety line, else by opening the ports ourselves."""

import contextlib
import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchwright.bench.data_folder import LATCH_FILE, DataFolder
from benchwright.bench.safety import safety_line

if TYPE_CHECKING:
    from benchwright.instruments.config import Config
    from benchwright.instruments.config_values import InstrumentConfig

BENCH_FILE = "bench.json"  # which process serves the folder, with which configuration
_TURN_FILE = "emergency.lock"  # one process at a time opens ports in place of a bench
_TURN_TIMEOUT_S = 5.0
_END_TIMEOUT_S = 2.0
_POLL_S = 0.005


def emergency_stop(
    folder: DataFolder, config_file: Path | None, source: str, on_acknowledged: Callable[[], None]
) -> safety_line.SafetyReply:
    """Stop everything on a bench: by the bench itself, or in its place when there is none or it hangs.

    Returns:
        the report per instrument.

    Raises:
        ConfigurationError: there is no bench, and the configuration is not valid; it is latched all the same.
    """
    try:
        reply = safety_line.press(folder, source, on_acknowledged)
    except (safety_line.BenchSilent, safety_line.NoBench):
        return _stop_in_its_place(folder, config_file, source)
    is_kept = (folder.path / LATCH_FILE).exists()  # else it is latched only until the bench ends
    return reply if is_kept else reply._replace(unlatched=_latch(folder, source))


def _stop_in_its_place(folder: DataFolder, config_file: Path | None, source: str) -> safety_line.SafetyReply:
    """Latch, end whatever bench there is, and stop its instruments.

    In this order: a bench that starts meanwhile finds the latch, or is ended; one that is about to end has no
    safety line any more and is ended, too.
    """
    unlatched = _latch(folder, source)
    if (pid := kill_bench(folder)) is not None:
        unlatched = f"the bench (process {pid}) cannot be ended from here and may act again"
    reply = safe_state(folder, configs_to_stop(folder, config_file))
    return reply._replace(unlatched=unlatched)


def stand_in(folder: DataFolder, config_file: Path | None = None) -> list[dict[str, Any]]:
    """Put the instruments of a bench that is lost in their safe state; a bench that ended by itself did so.

    Returns:
        what became of each; empty where another bench has them by now.

    Raises:
        BenchwrightError: a configuration is not valid any more.
    """
    if _recorded_config(folder) is None or _wait_until_gone(folder) is not None:
        return []
    return safe_state(folder, configs_to_stop(folder, config_file)).instruments


def safe_state(folder: DataFolder, configs: Sequence["Config"]) -> safety_line.SafetyReply:
    """Open the ports of all instruments in this process and put them in their safe state.

    Args:
        configs: whose instruments; one that several name is stopped once.
    """
    import msgspec

    from benchwright.instruments.manager import InstrumentSet
    from benchwright.instruments.port import SafetyLatch
    from benchwright.instruments.safety import stop_all

    latch = SafetyLatch()
    sets = [InstrumentSet(config, latch) for config in _without_doubles(configs)]
    with _turn(folder):
        try:
            report = stop_all([each for instruments in sets for each in instruments], latch)
        finally:
            for instruments in sets:
                instruments.close()
    return safety_line.SafetyReply([msgspec.structs.asdict(each) for each in report], by_bench=False)


def _without_doubles(configs: Sequence["Config"]) -> Iterator["Config"]:
    import msgspec

    def what(instrument: "InstrumentConfig") -> tuple[object, ...]:
        return instrument.driver, instrument.link, instrument.usb, instrument.options

    seen: list[tuple[object, ...]] = []
    for config in configs:
        new = {name: each for name, each in config.instruments.items() if what(each) not in seen}
        seen += map(what, new.values())
        yield msgspec.structs.replace(config, instruments=new)


@contextlib.contextmanager
def _turn(folder: DataFolder) -> Iterator[None]:
    """Wait for another process that opens the ports, as most of them let in one at a time; not for long."""
    from benchwright.bench.storage.file_lock import try_lock

    try:
        descriptor = os.open(folder.path / _TURN_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:  # a folder that cannot be written keeps nobody from stopping
        yield
        return
    try:
        deadline_s = time.monotonic() + _TURN_TIMEOUT_S
        while not try_lock(descriptor) and time.monotonic() < deadline_s:
            time.sleep(_POLL_S)
        yield
    finally:
        os.close(descriptor)


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
        EmergencyStopActive: the bench stays latched; says why.
        StorageError: the latch of the next bench cannot be removed.
    """
    from benchwright.core.errors import EmergencyStopActive, StorageError

    try:
        safety_line.reset(folder, source)
    except safety_line.ResetRefused as error:
        raise EmergencyStopActive.from_message(str(error)) from None
    except safety_line.NoBench:
        path = folder.path / LATCH_FILE
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"cannot remove {path}: {error.strerror}") from error


# --- what a bench leaves for whoever must stop its instruments without it -----------------------------------


def write_bench_file(folder: Path, config: "Config") -> None:
    """Leave word of this bench: its process, and its configuration, whatever becomes of the file.

    Raises:
        StorageError: it cannot be written.
    """
    from benchwright.bench.storage.files import write_atomic

    content = {"pid": os.getpid(), "config_file": config.file, "config_text": config.source_text}
    write_atomic(folder / BENCH_FILE, json.dumps(content).encode())


def forget_config(folder: Path, config: "Config") -> None:
    """Leave the file's name alone: this bench ends by itself, and holds nothing that must be stopped."""
    from benchwright.bench.storage.files import write_atomic
    from benchwright.core.errors import StorageError

    with contextlib.suppress(StorageError):
        write_atomic(folder / BENCH_FILE, json.dumps({"config_file": config.file}).encode())


def last_config_file(folder: DataFolder) -> Path | None:
    """Return the configuration of the folder's last bench, None for the built-in one."""
    name = _bench_file(folder).get("config_file", "")
    return Path(str(name)) if name else None


def configs_to_stop(folder: DataFolder, config_file: Path | None) -> "list[Config]":
    """Return whose instruments must be stopped where no bench does it.

    What a bench ran with that did not end by itself; and what the file says by now that is asked for, else
    that of the last bench.

    Raises:
        ConfigurationError: there was no such bench, and the file is not valid.
    """
    from benchwright.core.errors import ConfigurationError

    recorded = _recorded_config(folder)
    try:
        asked_for = load_config(config_file or last_config_file(folder), folder)
    except ConfigurationError:
        if recorded is None:
            raise
        return [recorded]
    return [asked_for] if recorded is None else [recorded, asked_for]


def _recorded_config(folder: DataFolder) -> "Config | None":
    import msgspec

    from benchwright.core.errors import ConfigurationError
    from benchwright.instruments.config import Config

    content = _bench_file(folder)
    text, file = content.get("config_text"), str(content.get("config_file", ""))
    if not isinstance(text, str) or not text:
        return None
    try:
        return msgspec.structs.replace(Config.from_text(text, file or BENCH_FILE), file=file)
    except ConfigurationError:
        return None  # written by another version


def load_config(config_file: Path | None, folder: DataFolder) -> "Config":
    """Read a configuration: that of the file, else the data folder's own, else the built-in one.

    Raises:
        ConfigurationError: it is not valid.
    """
    from benchwright.instruments.config import Config

    if config_file is None and folder.config_file.exists():
        config_file = folder.config_file
    return Config.from_file(config_file) if config_file else Config.demo()


def kill_bench(folder: DataFolder) -> int | None:
    """End the process that holds the folder's lock, and nobody else: it hangs and holds the ports.

    Returns:
        the process where it does not end, None where it did or there was none.
    """
    pid = folder.bench_pid()
    if pid is not None and pid != os.getpid():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        return _wait_until_gone(folder)
    return pid


def _wait_until_gone(folder: DataFolder) -> int | None:
    """Wait until no process holds the folder's lock; return the one that still does."""
    deadline_s = time.monotonic() + _END_TIMEOUT_S
    while (pid := folder.bench_pid()) is not None and time.monotonic() < deadline_s:
        time.sleep(_POLL_S)
    return pid


def _bench_file(folder: DataFolder) -> dict[str, object]:
    try:
        content = json.loads((folder.path / BENCH_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
