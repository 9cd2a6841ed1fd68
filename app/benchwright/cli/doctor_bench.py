"""What `doctor` looks at around the bench: its data folder, its configuration, whether it runs."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchwright.cli.checks import Check, Status
from benchwright.core.errors import BenchUnavailable, BenchwrightError, StorageError

if TYPE_CHECKING:
    from benchwright.bench.data_folder import DataFolder

_LOW_SPACE_BYTES: Final = 1 << 30
_NETWORK_DRIVES: Final = ("nfs", "cifs", "smb", "afs", "9p", "fuse.sshfs", "webdav", "remote")


def bench_checks(data_dir: Path | None, config_file: Path | None) -> Iterator[Check]:
    """Look at data folder, configuration and bench; nothing is started or opened."""
    from benchwright.bench.data_folder import DataFolder

    yield _configuration(config_file, data_dir)
    try:
        folder = DataFolder.open(data_dir)
    except BenchwrightError as error:
        yield Check("data folder", Status.FAIL, error.message, "name another one: --data-dir D")
        return
    yield _writing(folder)
    yield _drive(folder)
    yield _space(folder)
    yield _bench(folder)
    yield _latch(folder)


def _configuration(config_file: Path | None, data_dir: Path | None) -> Check:
    from benchwright.bench.data_folder import DataFolder
    from benchwright.bench.safety.estop import load_config

    try:
        folder = DataFolder.at() if data_dir is None else DataFolder(data_dir)  # which may be none
        config = load_config(config_file, folder)
    except BenchwrightError as error:
        return Check("configuration", Status.FAIL, error.message)
    names = ", ".join(config.instruments)
    return Check(
        "configuration", Status.OK, f"{config_file or config.file or 'the built-in demo bench'}: {names}"
    )


def _writing(folder: "DataFolder") -> Check:
    try:
        with tempfile.TemporaryFile(dir=folder.path) as file:
            file.write(b"0" * 4096)
            file.flush()
    except OSError as error:
        message = f"cannot write in {folder.path}: {error.strerror}"
        return Check("data folder", Status.FAIL, message, "name another one: --data-dir D")
    return Check("data folder", Status.OK, str(folder.path))


def _drive(folder: "DataFolder") -> Check:
    """Tell whether the folder is on this computer: SQLite's WAL, which keeps the rows, wants that."""
    import psutil

    parts = sorted(psutil.disk_partitions(all=True), key=lambda part: len(part.mountpoint), reverse=True)
    kind = next((part.fstype for part in parts if folder.path.is_relative_to(part.mountpoint)), "")
    if kind.lower().startswith(_NETWORK_DRIVES):
        message = f"{folder.path} is on a network drive ({kind}), where rows can be lost"
        return Check("drive", Status.WARN, message, "name a folder of this computer: --data-dir D")
    return Check("drive", Status.OK, f"a drive of this computer ({kind})" if kind else "not known")


def _space(folder: "DataFolder") -> Check:
    free = shutil.disk_usage(folder.path).free
    message = f"{free / 2**30:.1f} GB free"
    if free < _LOW_SPACE_BYTES:
        return Check("disk space", Status.WARN, message, "delete runs that you have exported")
    return Check("disk space", Status.OK, message)


def _bench(folder: "DataFolder") -> Check:
    from benchwright.bench.operators.client import BenchClient
    from benchwright.core.operator_messages import BenchStatus

    try:
        with BenchClient.connect(folder) as client:
            status: Any = client.request(BenchStatus(), timeout_s=2.0)
    except StorageError as error:
        return Check("bench", Status.FAIL, error.message)
    except BenchUnavailable as error:
        pid = folder.bench_pid()
        if pid is None:
            return Check("bench", Status.OK, "none runs; commands that need one start it")
        hint = "benchwright estop    ends it and makes the instruments safe"
        return Check("bench", Status.FAIL, f"process {pid} does not answer: {error.message}", hint)
    runs = "1 run" if status["runs"] == 1 else f"{status['runs']} runs"
    where = status["config_file"] or "the built-in demo bench"
    return Check("bench", Status.OK, f"{status['name']} runs as process {status['pid']} with {where}, {runs}")


def _latch(folder: "DataFolder") -> Check:
    from benchwright.bench.safety.emergency import is_latched

    if is_latched(folder.path):
        hint = "benchwright estop --reset    once it is safe to go on"
        return Check("emergency stop", Status.WARN, "latched: nothing acts on an instrument", hint)
    return Check("emergency stop", Status.OK, "not latched")
