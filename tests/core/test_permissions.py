"""Names of permissions."""

import pytest

from benchwright.core.errors import MetadataError
from benchwright.core.permissions import (
    ALL_PERMISSIONS,
    DEFAULT_PERMISSIONS,
    MEANINGS,
    Permission,
    parse_permissions,
)


def test_names_become_permissions() -> None:
    assert parse_permissions(["device:read", "device:read", "system:info"]) == {
        Permission.DEVICE_READ,
        Permission.SYSTEM_INFO,
    }
    assert parse_permissions([]) == frozenset()
    assert parse_permissions(ALL_PERMISSIONS) == ALL_PERMISSIONS


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(
        MetadataError, match="unknown permission 'device:all'; known: device:control, device:read"
    ):
        parse_permissions(["device:read", "device:all"])


def test_what_a_script_may_without_asking() -> None:
    assert {Permission.DEVICE_READ} == DEFAULT_PERMISSIONS
    assert set(MEANINGS) == ALL_PERMISSIONS
