"""The permissions a script can be granted."""

from collections.abc import Iterable
from enum import StrEnum

from benchwright.core.errors import MetadataError, listed


class Permission(StrEnum):
    """What a run may do; the bench checks each call against the granted set."""

    DEVICE_READ = "device:read"
    DEVICE_WRITE = "device:write"
    DEVICE_CONTROL = "device:control"
    SYSTEM_INFO = "system:info"
    TELEMETRY_READ = "telemetry:read"


ALL_PERMISSIONS = frozenset(Permission)
DEFAULT_PERMISSIONS = frozenset({Permission.DEVICE_READ})

MEANINGS = {
    Permission.DEVICE_READ: "read values from instruments",
    Permission.DEVICE_WRITE: "change instrument settings",
    Permission.DEVICE_CONTROL: "move things and switch outputs",
    Permission.SYSTEM_INFO: "see this computer's name and versions",
    Permission.TELEMETRY_READ: "read the bench's telemetry",
}


def parse_permissions(names: Iterable[str]) -> frozenset[Permission]:
    """Return the permissions of these names.

    Raises:
        MetadataError: a name is no permission.
    """
    granted = set()
    for name in names:
        try:
            granted.add(Permission(name))
        except ValueError:
            raise MetadataError(f"unknown permission {name!r}; known: {listed(ALL_PERMISSIONS)}") from None
    return frozenset(granted)
