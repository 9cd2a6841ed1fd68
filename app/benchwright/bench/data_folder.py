"""The bench's folder: its lock, its secret, the addresses of its sockets, and where everything else is kept.

The emergency stop starts here, so little is imported: errors (with all they need) only when one is raised.
"""

import os
import stat
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchwright.bench.storage.file_lock import try_lock

if TYPE_CHECKING:
    from benchwright.core.errors import BenchUnavailable, StorageError

KEY_BYTES: Final = 32
LATCH_FILE: Final = "emergency.json"  # is there while the emergency stop is latched
_MAX_SOCKET_PATH: Final = 100  # bytes; the system takes 107 on Linux and 103 on macOS
_LOCK_PATIENCE_S: Final = 0.2  # somebody who looks whether the lock is held holds it for a moment


class DataFolder:
    """A folder that belongs to one bench at a time."""

    __slots__ = ("path",)

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def open(cls, path: Path | str | None = None) -> "DataFolder":
        """Return the data folder at `path`, by default the platform's; it is made where it is not there.

        Raises:
            StorageError: it cannot be made or written.
        """
        folder = cls.at(path)
        try:
            folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _storage_error(f"cannot make the data folder {folder.path}: {error.strerror}") from error
        if not os.access(folder.path, os.R_OK | os.W_OK | os.X_OK):
            raise _storage_error(
                f"cannot write in the data folder {folder.path}; choose another one with --data-dir"
            )
        return folder

    @classmethod
    def at(cls, path: Path | str | None = None) -> "DataFolder":
        """Return the data folder at `path` for who only reads in it; it need not be there.

        Raises:
            StorageError: it is a file.
        """
        if path is None:
            import platformdirs

            path = platformdirs.user_data_dir("benchwright", appauthor=False)
        folder = Path(os.path.realpath(path))
        if folder.is_file():
            raise _storage_error(f"the data folder {folder} is a file")
        return cls(folder)

    @property
    def runs(self) -> Path:
        """The folder of the runs."""
        return self.path / "runs"

    @property
    def library(self) -> Path:
        """The folder of the script library."""
        return self.path / "library"

    @property
    def scratch(self) -> Path:
        """Where the workers of active runs may write."""
        return self.path / "scratch"

    @property
    def log_file(self) -> Path:
        """The bench's log."""
        return self.path / "bench.log"

    @property
    def grants_file(self) -> Path:
        """The permissions that were granted, by script content."""
        return self.path / "grants.json"

    @property
    def config_file(self) -> Path:
        """The configuration of the folder's bench where no other is given; it need not be there."""
        return self.path / "bench.toml"

    @property
    def schedules(self) -> Path:
        """The folder of the schedules."""
        return self.path / "schedules"

    @property
    def lock_file(self) -> Path:
        """The file that the bench holds locked; it holds the bench's process number."""
        return self.path / "bench.lock"

    # --- one bench at a time ---

    def lock(self) -> "BenchLock":
        """Make this process the bench of the folder.

        Raises:
            BenchUnavailable: another process is; names it.
            StorageError: the lock file cannot be written.
        """
        try:
            descriptor = os.open(self.lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise _storage_error(f"cannot write {self.lock_file}: {error.strerror}") from error
        deadline_s = time.monotonic() + _LOCK_PATIENCE_S
        while not try_lock(descriptor):
            if time.monotonic() >= deadline_s:
                os.close(descriptor)
                raise self._taken()
            time.sleep(0.01)
        try:
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
        except OSError as error:
            os.close(descriptor)
            raise _storage_error(f"cannot write {self.lock_file}: {error.strerror}") from error
        return BenchLock(self, descriptor)

    def bench_pid(self) -> int | None:
        """Return the process number of the bench that holds the lock, or None where there is none."""
        try:
            descriptor = os.open(self.lock_file, os.O_RDWR)
        except OSError:
            return None
        try:
            return None if try_lock(descriptor, is_shared=True) else self._written_pid()
        finally:
            os.close(descriptor)

    def _written_pid(self) -> int | None:
        try:
            return int(self.lock_file.read_bytes())
        except (OSError, ValueError):
            return None

    def _taken(self) -> "BenchUnavailable":
        from benchwright.core.errors import BenchUnavailable

        pid = self._written_pid()
        who = "" if pid is None else f" (process {pid})"
        return BenchUnavailable(f"another bench{who} uses the data folder {self.path}")

    # --- who may talk to it ---

    def auth_key(self) -> bytes:
        """Return the secret of 32 bytes that a client proves to know; made at the first call, ever.

        Raises:
            StorageError: it cannot be made or read, is damaged, or others can read it.
        """
        path = self.path / "auth.key"
        try:
            if not path.exists():
                self._make_key(path)
            mode = path.stat().st_mode
            key = path.read_bytes()
        except OSError as error:
            raise _storage_error(f"cannot use {path}: {error.strerror}") from error
        if os.name != "nt" and mode & 0o077:
            raise _storage_error(f"{path} can be read by others: remove it, and a new one will be made")
        if len(key) != KEY_BYTES:
            raise _storage_error(f"{path} is damaged: remove it, and a new one will be made")
        return key

    def _make_key(self, path: Path) -> None:
        """Make the key; where several processes do so at once, the first one's stays."""
        temporary = self.path / f".auth.key.{os.getpid()}.{os.urandom(4).hex()}.tmp"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        descriptor = os.open(temporary, flags, 0o600)
        try:
            try:
                os.write(descriptor, os.urandom(KEY_BYTES))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            temporary.unlink()

    # --- where it listens ---

    def operator_address(self) -> str:
        """Return where operators reach the bench: a socket's path, or a named pipe on Windows.

        Raises:
            StorageError: the folder for a socket is somebody else's.
        """
        return self._address("operator")

    def safety_address(self) -> str:
        """Return where the emergency stop reaches the bench; as `operator_address`."""
        return self._address("safety")

    def _address(self, name: str) -> str:
        if sys.platform == "win32":
            return rf"\\.\pipe\benchwright-{self._digest()}-{name}"
        path = self.path / f"{name}.sock"
        if len(os.fsencode(path)) > _MAX_SOCKET_PATH:
            path = self._short_folder() / path.name
            _make_private(path.parent)
        return str(path)

    def remove_short_folder(self) -> None:
        """Remove what `operator_address` made outside the data folder, once no socket is left in it."""
        if sys.platform != "win32":
            try:
                self._short_folder().rmdir()
            except OSError:
                pass

    def _short_folder(self) -> Path:
        # Always /tmp: bench and emergency stop have to agree on it whatever their environments say.
        return Path("/tmp", f"benchwright-{os.getuid()}-{self._digest()}")  # checked to be ours

    def _digest(self) -> str:
        import hashlib

        return hashlib.sha256(os.fsencode(self.path)).hexdigest()[:16]


class BenchLock:
    """The hold of one bench on its data folder, until `release` or the end of the process."""

    def __init__(self, folder: DataFolder, descriptor: int) -> None:
        self._folder = folder
        self._descriptor = descriptor

    def __enter__(self) -> "BenchLock":
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Let another bench have the folder."""
        if self._descriptor < 0:
            return
        self._folder.remove_short_folder()
        os.close(self._descriptor)
        self._descriptor = -1


def _make_private(folder: Path) -> None:
    """Make a folder that is ours alone, or make sure that it is."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise _storage_error(f"cannot make the folder {folder} for sockets: {error.strerror}") from error
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise _storage_error(f"{folder} is not a folder of ours alone: choose a shorter path with --data-dir")


def _storage_error(message: str) -> "StorageError":
    from benchwright.core.errors import StorageError

    return StorageError(message)
