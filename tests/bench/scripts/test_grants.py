"""Grants are remembered by content, add up, and survive."""

from pathlib import Path

import pytest

from benchwright.bench.scripts.grants import GrantStore
from benchwright.core.errors import StorageError
from benchwright.core.permissions import Permission

READ, CONTROL = Permission.DEVICE_READ, Permission.DEVICE_CONTROL


def test_grants_belong_to_a_content_and_add_up(tmp_path: Path) -> None:
    path = tmp_path / "grants.json"
    assert GrantStore(path).granted("a" * 64) == frozenset()
    GrantStore(path).remember("a" * 64, "scan.lua", [READ])
    GrantStore(path).remember("a" * 64, "copy.lua", [CONTROL])
    GrantStore(path).remember("b" * 64, "other.lua", [])
    assert GrantStore(path).granted("a" * 64) == {READ, CONTROL}
    assert GrantStore(path).granted("b" * 64) == frozenset()
    assert '"copy.lua"' in path.read_text()


@pytest.mark.parametrize("content", ["", "[]", '{"a": 1}', "\xff"])
def test_a_damaged_file_is_said_and_grants_nothing(tmp_path: Path, content: str) -> None:
    path = tmp_path / "grants.json"
    path.write_text(content, encoding="latin-1")
    with pytest.raises(StorageError, match=r"grants.json is damaged: .*; delete it to grant afresh"):
        GrantStore(path).granted("a" * 64)


def test_permissions_of_a_later_version_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "grants.json"
    GrantStore(path).remember("a", "scan.lua", [READ])
    path.write_text(path.read_text().replace('"device:read"', '"device:read", "device:fly"'))
    assert GrantStore(path).granted("a") == {READ}
