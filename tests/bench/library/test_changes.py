"""What is done to scripts of the library: renamed, deleted, restored, edited, compared; nothing is lost."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from benchwright.bench.library import RunStatistics, ScriptManager
from benchwright.bench.storage.run_store import RunStore, new_run_id
from benchwright.core.errors import MetadataError, ScriptNotFound, StorageError
from benchwright.core.run_record import RunRecord
from benchwright.core.run_states import RunState
from benchwright.core.script_statistics import ScriptStatus, status_of_check
from benchwright.instruments.config import Config

METADATA = """# About this scan
name = "Scan"   # as the group calls it
tags = [
  "optics",  # the table
  "daily",
]

# what it may use
[limits]
max_memory_mb = 40 # enough

[parameters.start]
default = 0.0
unit = "deg"
"""


@pytest.fixture
def library(tmp_path: Path) -> ScriptManager:
    return ScriptManager(tmp_path / "library")


def files(library: ScriptManager) -> list[str]:
    found = (path.relative_to(library.folder) for path in library.folder.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in found if not path.as_posix().startswith("."))


def test_the_folder_may_be_a_text(library: ScriptManager) -> None:
    library.create("scan.lua", "return 1")
    assert ScriptManager(str(library.folder)).load("scan.lua").source == "return 1"


def test_a_new_script_has_metadata_of_its_own(library: ScriptManager) -> None:
    library.create("optics/scan.lua", "return 1")
    metadata = library.load("optics/scan.lua").metadata
    assert metadata.name == "scan"
    assert metadata.created_at is not None
    assert library.text_of("optics/scan.lua").source == "return 1"


def test_rename_takes_metadata_and_versions_along(library: ScriptManager) -> None:
    library.create("scan.lua", "one", METADATA)
    library.save("scan.lua", "two")
    library.rename("scan.lua", "optics/malus.lua")
    assert files(library) == ["optics/malus.lua", "optics/malus.toml"]
    assert len(library.versions("optics/malus.lua")) == 2
    assert library.versions("scan.lua") == []
    with pytest.raises(ScriptNotFound, match="no script scan.lua"):
        library.rename("scan.lua", "other.lua")
    with pytest.raises(StorageError, match="must end in .lua"):
        library.rename("optics/malus.lua", "malus.py")
    library.create("b.lua")
    with pytest.raises(StorageError, match="already"):
        library.rename("b.lua", "optics/malus.lua")


def test_metadata_that_two_scripts_share_is_lost_by_neither(library: ScriptManager) -> None:
    library.create("scan.lua", "one", METADATA)
    library.create("scan.py", "two = 2")
    library.rename("scan.lua", "malus.lua")
    assert files(library) == ["malus.lua", "malus.toml", "scan.py", "scan.toml"]
    library.rename("malus.lua", "scan-lua.lua")
    library.create("scan.lua", "three")
    trashed = library.delete("scan.py")
    assert "scan.toml" in files(library)
    assert library.restore(trashed.id) == "scan.py"
    assert library.load("scan.py").metadata.name == "Scan"


def test_deleted_scripts_come_back_with_their_versions(library: ScriptManager) -> None:
    library.create("optics/scan.lua", "one", METADATA)
    library.save("optics/scan.lua", "two")
    trashed = library.delete("optics/scan.lua")
    assert files(library) == []
    assert [each.key for each in library.trash()] == ["optics/scan.lua"]
    library.create("optics/scan.lua", "another")
    assert library.restore(trashed.id) == "optics/scan-2.lua"
    assert library.text_of("optics/scan-2.lua").source == "two"
    assert library.load("optics/scan-2.lua").metadata.tags == ("optics", "daily")
    assert len(library.versions("optics/scan-2.lua")) == 2
    assert library.trash() == []
    with pytest.raises(ScriptNotFound, match="in the trash"):
        library.restore(trashed.id)


def test_what_is_broken_can_be_deleted_too(library: ScriptManager) -> None:
    (library.folder / "folder.lua").mkdir(parents=True)
    (library.folder / "latin.lua").write_bytes(b"\xb0")
    library.delete("folder.lua")
    trashed = library.delete("latin.lua")
    assert library.list() == []
    library.restore(trashed.id)
    assert (library.folder / "latin.lua").read_bytes() == b"\xb0"


def test_duplicates_are_numbered(library: ScriptManager) -> None:
    library.create("scan.lua", "one", METADATA)
    assert library.duplicate("scan.lua") == "scan-2.lua"
    assert library.duplicate("scan-2.lua") == "scan-3.lua"
    assert library.duplicate("scan.lua", "other/scan.lua") == "other/scan.lua"
    assert library.text_of("other/scan.lua").metadata == METADATA


def test_versions_are_compared_and_restored(library: ScriptManager) -> None:
    library.create("scan.lua", "a = 1\nb = 2\n", 'name = "Scan"\n')
    library.save("scan.lua", "a = 1\r\nb = 3\n")
    newest, oldest = library.versions("scan.lua")
    assert newest.saved_at > oldest.saved_at
    lines = library.compare("scan.lua", oldest.id).splitlines()
    assert lines[3:] == ["-a = 1", "-b = 2", "+a = 1␍", "+b = 3"]
    assert library.compare("scan.lua", newest.id) == ""
    library.restore_version("scan.lua", oldest.id)
    assert library.text_of("scan.lua").source == "a = 1\nb = 2\n"
    assert len(library.versions("scan.lua")) == 3
    with pytest.raises(ScriptNotFound, match="no version"):
        library.version("scan.lua", "../../etc")


def test_restoring_a_version_without_metadata_takes_the_metadata_away(library: ScriptManager) -> None:
    library.folder.mkdir()
    (library.folder / "scan.lua").write_text("one")
    library.keep_version("scan.lua")
    library.save("scan.lua", "two", METADATA)
    library.restore_version("scan.lua", library.versions("scan.lua")[-1].id)
    assert files(library) == ["scan.lua"]
    assert library.version("scan.lua", library.versions("scan.lua")[1].id).metadata == METADATA


def test_editing_metadata_keeps_comments_and_order(library: ScriptManager) -> None:
    library.create("scan.lua", "one", METADATA)
    library.edit_metadata(
        "scan.lua",
        {
            "name": "Malus",
            "tags": ["optics", "scan"],
            "limits": {"max_memory_mb": 40, "max_execution_time_s": 5},
            "parameters": {"start": {"default": 10.0, "unit": "deg"}, "stop": {"default": 90.0}},
            "plots": [{"x": "angle", "y": ["power"]}],
        },
    )
    text = library.text_of("scan.lua").metadata
    assert text is not None
    for line in ("# About this scan", 'name = "Malus"   # as the group calls it', '  "optics",  # the table',
                 "max_memory_mb = 40 # enough", "[parameters.start]", "# what it may use"):  # fmt: skip
        assert line in text.splitlines(), text
    metadata = library.load("scan.lua").metadata
    assert metadata.tags == ("optics", "scan")
    assert metadata.limits == {"max_memory_mb": 40, "max_execution_time_s": 5}
    assert list(metadata.parameters) == ["start", "stop"]
    assert metadata.plots[0].y == ("power",)
    assert metadata.modified_at is not None
    assert len(library.versions("scan.lua")) == 2
    library.edit_metadata("scan.lua", {"plots": None, "parameters": None})
    assert library.load("scan.lua").metadata.parameters == {}


def test_metadata_that_would_not_be_valid_is_not_saved(library: ScriptManager) -> None:
    library.create("scan.lua", "one", METADATA)
    with pytest.raises(MetadataError, match="permissions"):
        library.edit_metadata("scan.lua", {"permissions": ["root"]})
    assert library.text_of("scan.lua").metadata == METADATA


def test_threads_and_managers_do_not_lose_each_others_work(library: ScriptManager) -> None:
    def work(number: int) -> None:
        own = ScriptManager(library.folder)
        for turn in range(5):
            own.save("shared.lua", f"{number}-{turn}")
            own.create(f"own-{number}/{turn}.lua", "x")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(library.list()) == 21
    kept = {library.version("shared.lua", each.id).source for each in library.versions("shared.lua")}
    assert kept == {f"{number}-{turn}" for number in range(4) for turn in range(5)}


def test_statistics_count_the_runs_of_each_file(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    statistics = RunStatistics(store, ScriptManager(tmp_path / "library"))
    assert statistics.by_file() == {}
    base = RunRecord(
        run_id="", script="scan.lua", path="/library/scan.lua", language="lua", script_file="script.lua",
        source_sha256="", state=RunState.COMPLETED, created=datetime(2024, 5, 31, tzinfo=UTC),
    )  # fmt: skip

    def add(second: int, state: RunState, duration_s: float, path: str = base.path) -> None:
        record = msgspec.structs.replace(
            base, run_id=f"20240531-1200{second:02}-abcdef", state=state, duration_s=duration_s, path=path,
            created=base.created.replace(second=second), peak_memory_bytes=second * 1000,
        )  # fmt: skip
        store.create(record, "return 1")

    add(1, RunState.COMPLETED, 1.0)
    add(2, RunState.FAILED, 3.0)
    add(3, RunState.CANCELLED, 2.0)
    add(4, RunState.TIMEOUT, 9.0, path="/library/other.lua")
    found = statistics.by_file()
    scan = found["/library/scan.lua"]
    assert (scan.total, scan.successful, scan.failed) == (3, 1, 1)
    assert (scan.average_s, scan.last_s, scan.peak_memory_bytes) == (2.0, 2.0, 3000)
    assert (scan.last_state, scan.status) == (RunState.CANCELLED, ScriptStatus.CANCELLED)
    assert scan.success_rate == pytest.approx(1 / 3)
    assert found["/library/other.lua"].status is ScriptStatus.TIMEOUT
    add(5, RunState.COMPLETED, 4.0)
    assert statistics.by_file()["/library/scan.lua"].total == 4


def test_runs_stay_with_a_script_that_is_renamed(library: ScriptManager, tmp_path: Path) -> None:
    store = RunStore(tmp_path)

    def run(key: str) -> None:
        now = datetime.now(UTC)
        record = RunRecord(
            run_id=new_run_id(now), script=key, path=str(library.path_of(key)), language="lua",
            script_file="script.lua", source_sha256="", state=RunState.COMPLETED, created=now,
        )  # fmt: skip
        store.create(record, "")

    def counts() -> dict[str, int]:
        found = RunStatistics(store, ScriptManager(library.folder)).by_file()
        return {Path(path).relative_to(library.folder).as_posix(): each.total for path, each in found.items()}

    library.create("a.lua")
    run("a.lua")
    library.rename("a.lua", "b/c.lua")
    run("b/c.lua")
    library.create("a.lua")
    run("a.lua")
    assert counts() == {"b/c.lua": 2, "a.lua": 1}
    library.rename("a.lua", "d.lua")
    library.rename("b/c.lua", "a.lua")
    assert counts() == {"a.lua": 2, "d.lua": 1}


def test_a_script_is_checked_against_the_instruments(library: ScriptManager) -> None:
    instruments = Config.demo().describe()
    library.create("good.lua", "return instruments.get('esp300'):get_position()")
    library.create("broken.py", "def (:")
    library.create("unknown.lua", "instruments.get('esp301')")
    found = {entry.key: library.validate(entry.key, instruments) for entry in library.list()}
    assert found["good.lua"] == []
    assert status_of_check(found["good.lua"]) is ScriptStatus.COMPILED
    assert status_of_check(found["broken.py"]) is ScriptStatus.COMPILATION_ERROR
    assert "esp300" in f"{found['unknown.lua'][0].message}{found['unknown.lua'][0].hint}"
    assert status_of_check(found["unknown.lua"]) is ScriptStatus.COMPILED
