"""Scripts as files: what is one, what lies beside it, and one sentence for what is none."""

import os
from pathlib import Path

import pytest

from benchwright.bench.scripts.script_file import MAX_SCRIPT_BYTES, read_script
from benchwright.core.errors import BenchwrightError, MetadataError, ScriptNotFound
from benchwright.core.permissions import ALL_PERMISSIONS, Permission


def test_a_script_alone_wants_all_permissions(tmp_path: Path) -> None:
    path = tmp_path / "scan.LUA"
    path.write_bytes(b"\xef\xbb\xbfprint('45\xc2\xb0')\r\n")
    script = read_script(path)
    assert (script.name, script.language, script.source) == ("scan.LUA", "lua", "print('45°')\r\n")
    assert script.metadata_text is None
    assert script.wanted_permissions == ALL_PERMISSIONS


def test_metadata_and_dependencies_lie_beside_it(tmp_path: Path) -> None:
    (tmp_path / "scan.py").write_text("import tools\n")
    (tmp_path / "tools.py").write_text("X = 1\n")
    (tmp_path / "scan.toml").write_text('permissions = ["device:read"]\ndependencies = ["tools"]\n')
    script = read_script(tmp_path / "scan.py")
    assert script.metadata.name == "scan"
    assert script.wanted_permissions == {Permission.DEVICE_READ}
    assert script.dependencies == {"tools": "X = 1\n"}
    before = script.content_hash
    (tmp_path / "tools.py").write_text("X = 2\n")
    assert read_script(tmp_path / "scan.py").content_hash != before


@pytest.mark.parametrize(
    "changed",
    [
        'permissions = ["device:read", "device:control"]',
        "limits = { max_execution_time_s = 5 }",
        'on_stop = "hold"',
        'exclusive = ["esp300"]',
        '[parameters.angle]\ntype = "float"\nmaximum = 90.0',
    ],
)
def test_changed_metadata_makes_it_another_script(tmp_path: Path, changed: str) -> None:
    (tmp_path / "scan.py").write_text("x = 1\n")
    alone = read_script(tmp_path / "scan.py").content_hash
    (tmp_path / "scan.toml").write_text("")
    before = read_script(tmp_path / "scan.py").content_hash
    (tmp_path / "scan.toml").write_text(changed)
    assert len({alone, before, read_script(tmp_path / "scan.py").content_hash}) == 3


def test_dates_and_comments_of_metadata_change_nothing(tmp_path: Path) -> None:
    (tmp_path / "scan.py").write_text("x = 1\n")
    (tmp_path / "scan.toml").write_text('permissions = ["device:read", "device:control"]\n')
    before = read_script(tmp_path / "scan.py").content_hash
    (tmp_path / "scan.toml").write_text(
        '# a comment\nmodified_at = 2026-01-01T00:00:00Z\npermissions = ["device:control", "device:read"]\n'
    )
    assert read_script(tmp_path / "scan.py").content_hash == before


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.lua", b"x = 1\ny = \x00\n", "is not a text file: byte 10 is zero (line 2)"),
        ("a.lua", b"\x7fELF\x02\x01\x01\x00\x00", "is not a text file: byte 7 is zero (line 1)"),
        ("a.lua", "x = 1".encode("utf-16"), "is UTF-16 text; save it as UTF-8"),
        ("a.py", b"x = 1\ny = '\xb0'\n", "is not UTF-8 text: byte 11 (line 2) is 0xb0; save it as UTF-8"),
        ("a.py", b"\xef\xbb\xbf\xff", "is not UTF-8 text: byte 3 (line 1) is 0xff"),
        ("a.lua", b"-" * (MAX_SCRIPT_BYTES + 1), "is larger than 4 MB, the most a script can be"),
        ("a.lu", b"", "is no script: its name must end in .lua or .py; did you mean .lua?"),
        ("script", b"", "is no script: its name must end in .lua or .py"),
    ],
)
def test_what_is_no_script_is_refused_in_one_sentence(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ScriptNotFound) as raised:
        read_script(path)
    assert raised.value.message.startswith(f"{path} {sentence}")


def test_a_script_of_the_largest_size_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.lua"
    path.write_bytes(b"-" * MAX_SCRIPT_BYTES)
    assert len(read_script(path).source) == MAX_SCRIPT_BYTES


def test_a_script_whose_name_leaves_no_room_for_metadata_has_none(tmp_path: Path) -> None:
    path = tmp_path / f"{'x' * 252}.py"
    path.touch()
    assert read_script(path).metadata_text is None


def test_what_is_not_a_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.lua")
    for path, sentence in {
        tmp_path / "none.lua": "there is no file {}",
        tmp_path: "{} is a folder, not a script",
        tmp_path / "pipe.lua": "{} is not a regular file",
    }.items():
        with pytest.raises(ScriptNotFound) as raised:
            read_script(path)
        assert raised.value.message == sentence.format(path)
    with pytest.raises(ScriptNotFound, match="cannot read"):
        read_script(tmp_path / ("x" * 5000 + ".lua"))
    with pytest.raises(ScriptNotFound):  # Python before 3.12 raises where later ones say that it is not there
        read_script(tmp_path / "nul\0.lua")


@pytest.mark.parametrize(
    ("metadata", "place", "sentence"),
    [
        (b"name = 'x'\npermisions = []\n", ":2", "permisions: unknown key; did you mean permissions?"),
        (b"name = \n", ":1", "not valid TOML"),
        (
            b"dependencies = ['gone']\n",
            ":1",
            "dependencies[0]: a.lua needs gone: there is no gone.lua beside a.lua or in the library",
        ),
        (b"dependencies = ['../x']\n", ":1", "dependencies[0]: '../x' is not the name of a script"),
    ],
)
def test_broken_metadata_names_its_place(tmp_path: Path, metadata: bytes, place: str, sentence: str) -> None:
    (tmp_path / "a.lua").write_text("")
    toml = tmp_path / "a.toml"
    toml.write_bytes(metadata)
    with pytest.raises(MetadataError) as raised:
        read_script(tmp_path / "a.lua")
    assert raised.value.message.startswith(f"{toml}{place}: {sentence}")


def test_metadata_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.lua").write_text("")
    (tmp_path / "a.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(BenchwrightError, match=r"a.toml is not UTF-8 text: byte 8"):
        read_script(tmp_path / "a.lua")
