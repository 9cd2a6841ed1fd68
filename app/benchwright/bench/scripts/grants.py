"""What an operator granted to scripts, remembered by the hash of their content."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from benchwright.bench.storage.files import write_atomic
from benchwright.core.errors import StorageError
from benchwright.core.permissions import Permission


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """The permissions that a script's content was granted, under which name and when."""

    script: str
    permissions: tuple[str, ...]
    granted_at: datetime


class GrantStore:
    """The file ``grants.json`` of a data folder; a changed script has another hash and asks again."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def granted(self, content_hash: str) -> frozenset[Permission]:
        """Return what this content was granted so far.

        Raises:
            StorageError: the file is there and cannot be read.
        """
        grant = self._read().get(content_hash)
        known = {permission.value: permission for permission in Permission}
        return frozenset(known[name] for name in grant.permissions if name in known) if grant else frozenset()

    def remember(self, content_hash: str, script: str, permissions: Iterable[Permission]) -> None:
        """Add permissions to those of this content.

        Raises:
            StorageError: the file cannot be read or written.
        """
        together = self.granted(content_hash) | frozenset(permissions)
        grant = Grant(script=script, permissions=tuple(sorted(together)), granted_at=datetime.now(UTC))
        grants = self._read() | {content_hash: grant}
        write_atomic(self._path, msgspec.json.format(msgspec.json.encode(grants), indent=2) + b"\n")

    def _read(self) -> dict[str, Grant]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, Grant])
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise StorageError(f"cannot read {self._path}: {error.strerror}") from None
        except msgspec.DecodeError as error:
            raise StorageError(f"{self._path} is damaged: {error}; delete it to grant afresh") from None
