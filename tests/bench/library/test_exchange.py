"""Export and import: exact for every valid script, and refused with the reason for everything else."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchwright.bench.library import Conflict, ScriptManager
from benchwright.bench.library.exchange import checked_document
from benchwright.bench.library.metadata_editing import edited_metadata
from benchwright.bench.library.script_document import (
    ScriptDocument,
    StoredScript,
    decode_document,
    encode_document,
)
from benchwright.core.errors import ImportRefused, MetadataError, StorageError
from benchwright.core.permissions import Permission

SOURCE = 'print("\\n")\r\n-- \'\'\' """ µ \u2028 \t\x01\x85\ufeff end'
METADATA = 'name = "Scan" # µ\r\npermissions = ["device:read", "device:control"]\r\n'
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
PIECES = ["'''", '"""', "\r\n", "\r", "\n", "\\", "'", '"', "\\u0041", "\ufeff", "µ", "\x7f", "\t", "𝛼"]
nasty = st.lists(st.sampled_from(PIECES))


@pytest.fixture
def library(tmp_path: Path) -> ScriptManager:
    made = ScriptManager(tmp_path / "library")
    made.create("scan.lua", SOURCE, METADATA)
    return made


@pytest.fixture
def other(tmp_path: Path) -> ScriptManager:
    return ScriptManager(tmp_path / "other")


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".cache" not in path.parts
    }


@given(texts | nasty.map("".join), st.none() | texts | nasty.map("".join))
def test_any_text_comes_back_to_the_byte(source: str, metadata: str | None) -> None:
    script = StoredScript(file="scan.lua", source=source, metadata=metadata)
    document = ScriptDocument(script=script, dependencies=(script,))
    data = encode_document(document)
    assert decode_document(data, "f") == document
    assert tomllib.loads(data.decode())["script"]["source"] == source


@pytest.mark.parametrize("source", ["", SOURCE, "x" * 1_000_000 + "\n", "\r" * 1_000_000, "\ufeffx = 1\n"])
def test_a_script_goes_from_one_library_to_another(other: ScriptManager, tmp_path: Path, source: str) -> None:
    library = ScriptManager(tmp_path / "library")
    library.create("deep/scan.lua", source, METADATA)
    (library.folder / "plain.py").write_bytes(source.encode())
    for key, file in (("deep/scan.lua", "scan.lua"), ("plain.py", "plain.py")):
        assert other.sharing.take(library.sharing.export(library.path_of(key)), "f.toml") == file
        assert (other.folder / file).read_bytes() == (library.folder / key).read_bytes()
    assert (other.folder / "scan.toml").read_bytes() == METADATA.encode()
    assert not (other.folder / "plain.toml").exists()


def test_a_preview_says_what_it_wants_and_changes_nothing(
    library: ScriptManager, other: ScriptManager
) -> None:
    found = other.sharing.preview(library.sharing.export(library.path_of("scan.lua")), "scan.toml", "optics")
    assert found.key == "optics/scan.lua"
    assert found.metadata.name == "Scan"
    assert found.wanted_permissions == {Permission.DEVICE_READ, Permission.DEVICE_CONTROL}
    assert found.conflicts == ()
    assert not other.folder.exists()
    assert library.sharing.preview(library.sharing.export(library.path_of("scan.lua")), "f").is_known


def changed(data: bytes, old: str, new: str) -> bytes:
    assert old.encode() in data
    return data.replace(old.encode(), new.encode(), 1)


HOSTILE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda data: b"", "no exported script"),
    "truncated": (lambda data: data[: len(data) // 2], "not valid TOML"),
    "cut before the script": (lambda data: data[: data.index(b"[script]")], "is missing"),
    "binary": (lambda data: b"\0\xff" + data, "not UTF-8"),
    "changed source": (lambda data: changed(data, "print", "os.ex"), "does not fit the content"),
    "changed permission": (lambda data: changed(data, "device:read", "device:write"), "does not fit"),
    "newer": (lambda data: changed(data, "schema = 1", "schema = 2"), "update it"),
    "no schema": (lambda data: changed(data, "schema = 1", "schema = true"), "must be 1"),
    "something else": (lambda data: b'name = "x"\n', "no exported script"),
    "unknown key": (lambda data: changed(data, "[script]", "[script]\nrun = true"), "unknown key"),
    "huge": (lambda data: data + b"#" * (33 * 2**20), "larger than"),
    "nested": (lambda data: b"a = " + b"[" * 10_000, "not valid TOML"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_damaged_and_changed_files_are_refused(
    library: ScriptManager, other: ScriptManager, case: str
) -> None:
    damage, reason = HOSTILE[case]
    before = snapshot(library.folder)
    for target in (library, other):
        with pytest.raises(ImportRefused, match=reason):
            target.sharing.take(
                damage(library.sharing.export(library.path_of("scan.lua"))),
                "f.toml",
                on_conflict=Conflict.REPLACE,
            )
    assert snapshot(library.folder) == before
    assert not (other.folder / "scan.lua").exists()


EXPORTED = encode_document(
    ScriptDocument(
        script=StoredScript(file="scan.lua", source=SOURCE, metadata=METADATA),
        dependencies=(StoredScript(file="lib.lua", source="return {}"),),
    )
)


@settings(max_examples=300)
@given(st.integers(0, len(EXPORTED)), st.integers(0, 40), st.binary(max_size=8))
def test_a_spoiled_file_is_refused_or_means_the_same(at: int, cut: int, put: bytes) -> None:
    spoiled = EXPORTED[:at] + put + EXPORTED[at + cut :]
    try:
        document, metadata = checked_document(spoiled, "f.toml")
    except ImportRefused:
        return
    assert document.script == StoredScript(file="scan.lua", source=SOURCE, metadata=METADATA)
    assert metadata.name == "Scan"
    for each in document.dependencies:
        assert each.source == "return {}"


@pytest.mark.parametrize(
    ("file", "metadata", "reason"),
    [
        ("../evil.lua", None, "file"),
        ("/etc/evil.lua", None, "file"),
        ("..\\evil.lua", None, "dot"),
        (".hidden.lua", None, "dot"),
        ("evil.sh", None, "must end in"),
        ("con.lua", None, "Windows"),
        ("", None, "must|part"),
        ("a" * 300 + ".lua", None, "longer"),
        ("a\n.lua", None, "holds"),
        ("scan.lua", 'permissions = ["root"]', "unknown"),
        ("scan.lua", "schema = 9", "newer Benchwright"),
        ("scan.lua", 'dependencies = ["../x"]', "not the name of a script"),
        ("scan.lua", "name = ", "not valid TOML"),
        ("scan.lua", 'min_engine_version = "99.0"', "99.0 or newer"),
        ("scan.lua", f'min_engine_version = "{"9" * 5000}"', "must be a version"),
        ("scan.lua", 'language = "python"', "says python"),
        ("scan.lua", "[limits]\nmax_memory_mb = -1", "above 0"),
    ],
)
def test_hostile_content_with_a_fitting_hash_is_refused(
    other: ScriptManager, tmp_path: Path, file: str, metadata: str | None, reason: str
) -> None:
    data = encode_document(ScriptDocument(script=StoredScript(file=file, source="x", metadata=metadata)))
    with pytest.raises(ImportRefused, match=reason):
        other.sharing.take(data, "f.toml")
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.name != ".lock"] == []


def test_conflicts_are_renamed_replaced_or_skipped(library: ScriptManager, other: ScriptManager) -> None:
    data = library.sharing.export(library.path_of("scan.lua"))
    other.create("scan.lua", "mine")
    assert other.sharing.preview(data, "f").conflicts == ("scan.lua",)
    assert other.sharing.take(data, "f", on_conflict=Conflict.SKIP) is None
    assert other.text_of("scan.lua").source == "mine"
    assert other.sharing.take(data, "f") == "scan-2.lua"
    assert other.text_of("scan.lua").source == "mine"
    assert other.sharing.take(data, "f", on_conflict=Conflict.REPLACE) == "scan.lua"
    assert other.text_of("scan.lua") == library.text_of("scan.lua")
    assert "mine" in {other.version("scan.lua", each.id).source for each in other.versions("scan.lua")}


def test_an_import_never_takes_the_metadata_of_another_script(
    library: ScriptManager, other: ScriptManager
) -> None:
    other.create("scan.py", "x = 1", 'name = "Mine"')
    data = library.sharing.export(library.path_of("scan.lua"))
    with pytest.raises(ImportRefused, match="scan.lua"):
        other.sharing.take(data, "f", on_conflict=Conflict.REPLACE)
    assert other.sharing.take(data, "f") == "scan-2.lua"
    assert other.load("scan.py").metadata.name == "Mine"


def test_what_is_no_text_is_not_replaced(library: ScriptManager, other: ScriptManager) -> None:
    other.folder.mkdir()
    (other.folder / "scan.lua").write_bytes(b"\xb0")
    with pytest.raises(ImportRefused, match="no text"):
        other.sharing.take(
            library.sharing.export(library.path_of("scan.lua")), "f", on_conflict=Conflict.REPLACE
        )
    assert (other.folder / "scan.lua").read_bytes() == b"\xb0"


def test_dependencies_come_along_on_wish(library: ScriptManager, other: ScriptManager) -> None:
    library.create("lib.lua", "return {}", 'dependencies = ["deeper"]')
    library.create("shared/deeper.lua", "return 1")
    library.create("main.lua", "require('lib')", 'dependencies = ["lib"]')
    assert other.sharing.take(library.sharing.export(library.path_of("main.lua")), "f", "a") == "a/main.lua"
    assert [entry.problem != "" for entry in other.list()] == [True]
    data = library.sharing.export(library.path_of("main.lua"), with_dependencies=True)
    assert other.sharing.take(data, "f", "b") == "b/main.lua"
    assert [entry.key for entry in other.list() if not entry.problem] == [
        "a/main.lua",  # it finds there what it lacked
        "b/deeper.lua",
        "b/lib.lua",
        "b/main.lua",
    ]
    other.save("b/lib.lua", "return 'mine'")
    assert other.sharing.take(data, "f", "b", Conflict.SKIP) is None
    assert other.sharing.take(data, "f", "b") == "b/main/main.lua"
    assert other.sharing.take(data, "f", "b") == "b/main-2/main.lua"
    assert other.text_of("b/lib.lua").source == "return 'mine'"
    assert other.load("b/main-2/main.lua").dependencies == {"lib": "return {}", "deeper": "return 1"}
    assert other.sharing.take(data, "f", "b", Conflict.REPLACE) == "b/main.lua"
    assert other.text_of("b/lib.lua").source == "return {}"


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(texts | nasty.map("".join), min_size=3, max_size=3))
def test_a_bundle_of_any_texts_arrives_whole_and_can_be_run(sources: list[str]) -> None:
    with TemporaryDirectory() as name:
        library, other = ScriptManager(Path(name, "library")), ScriptManager(Path(name, "other"))
        needs = {"main.lua": ["fit"], "a/fit.lua": ["peak >= 0.1"], "b/peak.lua": []}
        for (key, wanted), source in zip(needs.items(), sources, strict=True):
            library.create(key, source, f"dependencies = {wanted} # µ\r\nversion = '0.1'\r\n")
        data = library.sharing.export(library.path_of("main.lua"), with_dependencies=True)
        assert other.sharing.take(data, "f.toml", "in") == "in/main.lua"
        assert other.load("in/main.lua").content_hash == library.load("main.lua").content_hash
        for key in needs:
            file = Path(key).name
            assert other.text_of(f"in/{file}") == library.text_of(key)
            assert (other.folder / "in" / file).read_bytes() == library.path_of(key).read_bytes()


def test_an_import_that_cannot_be_written_leaves_all_as_it_was(
    library: ScriptManager, other: ScriptManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.create("lib.lua", "return {}")
    library.create("main.lua", "require('lib')", 'dependencies = ["lib"]')
    other.create("main.lua", "mine", 'name = "Mine"')
    before = {key: each for key, each in snapshot(other.folder).items() if ".versions" not in key}
    write = other._files.write

    def fail(key: str, source: str, metadata: str | None) -> None:
        if key == "main.lua" and "require" in source:
            raise StorageError("no space left")
        write(key, source, metadata)

    monkeypatch.setattr(other._files, "write", fail)
    with pytest.raises(StorageError, match="no space"):
        other.sharing.take(
            library.sharing.export(library.path_of("main.lua"), with_dependencies=True),
            "f",
            on_conflict=Conflict.REPLACE,
        )
    assert {key: each for key, each in snapshot(other.folder).items() if ".versions" not in key} == before


def test_a_script_with_broken_metadata_is_not_exported(library: ScriptManager) -> None:
    (library.folder / "scan.toml").write_text("name = ")
    with pytest.raises(MetadataError, match=r"scan\.toml:1"):
        library.sharing.export(library.path_of("scan.lua"))


# --- editing metadata: whatever the values, what is read back is what was meant -----------------------------

names = st.from_regex(r"[a-z_]{1,6}", fullmatch=True)
few = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5)
parameter = st.fixed_dictionaries(
    {"default": st.floats(-100, 100)}, optional={"unit": few, "label": few, "maximum": st.just(100.0)}
)
plot = st.fixed_dictionaries(
    {"y": st.lists(names, min_size=1, max_size=2)}, optional={"title": few, "x": names}
)
changes = st.fixed_dictionaries(
    {},
    optional={
        "name": few,
        "description": few,
        "tags": st.lists(few, max_size=4),
        "limits": st.dictionaries(st.sampled_from(["max_memory_mb", "max_output_lines"]), st.integers(1, 99)),
        "parameters": st.dictionaries(names, parameter, max_size=3),
        "plots": st.lists(plot, max_size=3),
        "on_stop": st.sampled_from(["safe", "hold", None]),
    },
)


def without_empty(content: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in content.items() if (key, value) != ("plots", [])}


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(changes, min_size=1, max_size=4))
def test_edits_are_read_back_as_they_were_meant(steps: list[dict[str, object]]) -> None:
    text = '# top\nname = "x" # mine\n\n[limits] # l\nmax_memory_mb = 3\n# last\n'
    wanted = tomllib.loads(text)
    for step in steps:
        text = edited_metadata(text, step, "scan.toml")
        wanted = {key: value for key, value in {**wanted, **step}.items() if value not in (None, {})}
        assert without_empty(tomllib.loads(text)) == without_empty(wanted)
        assert text.startswith("# top\n")
