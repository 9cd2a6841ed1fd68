"""A file of what was read before: whatever is wrong with it, it only fails to help."""

from pathlib import Path

import pytest

from benchwright.bench.storage.cache_file import CacheFile


def cache(path: Path, layout: str = "1") -> "CacheFile[dict[str, int]]":
    return CacheFile(path, dict[str, int], layout)


def test_what_was_saved_is_loaded_by_the_next_process(tmp_path: Path) -> None:
    path = tmp_path / ".cache" / "listing"
    assert cache(path).load() is None
    assert cache(path).save({"a": 1})
    assert cache(path).load() == {"a": 1}
    assert [each.name for each in path.parent.iterdir()] == ["listing"]


def test_another_layout_is_of_no_use(tmp_path: Path) -> None:
    cache(tmp_path / "file").save({"a": 1})
    assert cache(tmp_path / "file", "2").load() is None


@pytest.mark.parametrize("content", [b"", b"garbage", b"\x92\xa11\xa5words", b"\x91" * 5000])
def test_a_damaged_file_is_of_no_use(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    assert cache(tmp_path / "file").load() is None


def test_what_cannot_be_written_is_let_be(tmp_path: Path) -> None:
    assert not cache(tmp_path / "missing" / "folder" / "file").save({"a": 1})
    assert not cache(tmp_path / "file").save({"\ud800": 1})
    assert list(tmp_path.iterdir()) == []
