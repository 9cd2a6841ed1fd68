"""What goes into the bundle and how it meets the desktop; building and trying it is for `make`."""

import configparser
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
sys.path.append(str(PACKAGING))

import bundle_contents as contents  # noqa: E402
from benchwright import __version__  # noqa: E402
from benchwright.cli.main import NOUNS  # noqa: E402
from benchwright.core.resource_paths import documents_path, resource_path  # noqa: E402
from benchwright.engines.registry import engine_infos, engine_suffixes  # noqa: E402
from benchwright.worker.launching import DEFAULT_ENTRY  # noqa: E402

LINUX = PACKAGING / "linux"
METAINFO = LINUX / "org.benchwright.Benchwright.metainfo.xml"
INSTALLER = (PACKAGING / "windows" / "benchwright.iss").read_text("utf-8")
SPEC = (PACKAGING / "benchwright.spec").read_text("utf-8")


def desktop_entry(path: Path = LINUX / "benchwright.desktop") -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None, delimiters="=")
    parser.optionxform = str  # type: ignore[assignment]  # names differ by case
    parser.read(path, encoding="utf-8")
    return parser["Desktop Entry"]


# --- what is collected ------------------------------------------------------------------------------------


def test_every_driver_engine_and_panel_is_collected() -> None:
    window, command = set(contents.window_modules()), set(contents.command_modules())
    packages = contents.registered_packages()
    assert len(packages) > 12
    assert set(packages) <= window
    without_qt = {name for name in packages if ".gui." not in name}
    assert without_qt <= command
    for package in packages:
        folder = Path(contents.ROOT, "app", *package.split("."))
        modules = {f"{package}.{path.stem}" for path in folder.glob("*.py") if path.stem != "__init__"}
        assert modules <= window
        assert package not in without_qt or modules <= command


def test_what_is_imported_by_name_is_collected() -> None:
    command = set(contents.command_modules())
    assert {f"benchwright.cli.{noun}" for noun in (*NOUNS, "bench")} <= command
    assert {info.engine.partition(":")[0] for info in engine_infos().values()} <= command
    assert DEFAULT_ENTRY.partition(":")[0] in command
    assert {
        "benchwright.api",
        "pyvisa_py.tcpip",
        "pyvisa_py.protocols.rpc",
        "serial.tools.list_ports",
    } <= command


def test_the_program_without_qt_has_what_scripts_import_and_nothing_of_the_window() -> None:
    command = set(contents.command_modules())
    assert {"statistics", "email.mime.text", "xml.etree.ElementTree", "numpy.polynomial", "wave"} <= command
    assert not {"tkinter", "idlelib", "ensurepip", "numpy.f2py", "test"} & command
    of_the_window = {name for name in command if name.startswith("benchwright.gui")}
    assert of_the_window == {"benchwright.gui", contents.SEARCHER}


def test_the_search_for_the_editor_needs_no_qt() -> None:
    program = f"import sys, {contents.SEARCHER}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not set(contents.QT) & set(done.stdout.split())


def test_every_resource_is_collected() -> None:
    targets = {
        (Path(folder, Path(file).name).as_posix(), Path(file)) for file, folder in contents.resources()
    }
    for source, target in (
        (resource_path(), "benchwright/_resources"),
        (documents_path(), "benchwright/_resources/docs"),
    ):
        files = [path for path in source.rglob("*") if path.is_file() and ".cache" not in path.parts]
        assert files
        assert {(f"{target}/{path.relative_to(source).as_posix()}", path) for path in files} <= targets
    beside = {path for path, _ in targets}
    assert {"benchwright/engines/lua/prelude.lua", "benchwright/py.typed"} <= beside
    assert not [path for path in beside if path.endswith((".py.orig", ".pyc"))]


def test_what_only_development_needs_is_left_out() -> None:
    left_out = set(contents.development_modules())
    assert {"pytest", "mypy", "hypothesis", "PyInstaller", "pandas", "pymeasure"} <= left_out
    assert not {"numpy", "h5py", "PySide6", "pyvisa", "typing_extensions", "benchwright", "tzdata"} & left_out


def test_versions_and_licences_come_along() -> None:
    places = [Path(folder, Path(file).name).as_posix() for file, folder in contents.notices()]
    for name in ("pyside6_essentials", "numpy", "lupa"):
        assert any(place.startswith(f"{name}-") and place.endswith("/METADATA") for place in places)
    assert "LICENSE" in places
    assert not [place for place in places if place.startswith("benchwright-")]


@pytest.mark.parametrize(
    ("place", "is_needed"),
    [
        ("PySide6/Qt/plugins/platforms/libqxcb.so", True),
        ("PySide6\\plugins\\platforms\\qwindows.dll", True),
        ("PySide6/Qt/plugins/platforms/libqcocoa.dylib", True),
        ("PySide6/Qt/plugins/platforms/libqeglfs.so", False),
        ("PySide6/Qt/plugins/platformthemes/libqgtk3.so", False),
        ("PySide6/Qt/plugins/iconengines/libqsvgicon.so", True),
        ("PySide6/Qt/translations/qtbase_de.qm", False),
        ("numpy/_core/_multiarray_umath.cpython-311-x86_64-linux-gnu.so", True),
        ("numpy/_core/_multiarray_tests.cpython-311-x86_64-linux-gnu.so", False),
        ("libxcb-cursor.so.0", True),
    ],
)
def test_what_belongs_into_the_bundle(place: str, is_needed: bool) -> None:
    assert contents.is_needed(place) is is_needed


# --- the desktop ------------------------------------------------------------------------------------------


def test_a_double_click_opens_a_script_in_the_window() -> None:
    entry = desktop_entry()
    assert entry["Exec"] == "benchwright-window %F"
    assert {"text/x-lua", "text/x-python"} <= set(entry["MimeType"].split(";"))
    assert resource_path("icons", f"{entry['Icon']}.svg").is_file()
    for name in ("benchwright", "benchwright-window"):
        assert f'program("{name}"' in SPEC


def test_the_metainfo_fits_the_entry_and_the_version() -> None:
    root = ET.parse(METAINFO).getroot()
    entry = desktop_entry()
    assert METAINFO.name == f"{root.findtext('id')}.metainfo.xml"
    assert root.findtext("launchable") == "benchwright.desktop"
    assert {found.text for found in root.iter("mediatype")} == set(entry["MimeType"].split(";")) - {""}
    newest = root.find("releases/release")
    assert newest is not None
    assert newest.get("version") == __version__
    assert f'bundle_identifier="{root.findtext("id")}"' in SPEC
    assert f"AppId={root.findtext('id')}" in INSTALLER


def test_every_language_is_offered_on_every_system() -> None:
    for suffix in engine_suffixes():
        assert rf"Software\Classes\{suffix}\OpenWithProgids" in INSTALLER
        assert f'"{suffix.removeprefix(".")}")' in SPEC


def test_the_spec_is_python() -> None:
    compile(SPEC, "benchwright.spec", "exec")


@pytest.mark.parametrize(
    ("suffix", "beginning"), [("ico", b"\0\0\1\0"), ("icns", b"icns"), ("png", b"\x89PNG")]
)
def test_the_icon_in_the_formats_of_the_systems(suffix: str, beginning: bytes, tmp_path: Path) -> None:
    target = tmp_path / "new" / f"benchwright.{suffix}"
    program = f"import pathlib, render_icon; render_icon.render_icon(pathlib.Path({str(target)!r}))"
    subprocess.run([sys.executable, "-c", program], cwd=PACKAGING, check=True, timeout=30)
    assert target.read_bytes().startswith(beginning)


# --- in use -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [None, "/opt/lib"])
def test_programs_that_the_bundle_starts_get_the_users_environment(
    before: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/bundle/_internal")
    monkeypatch.delenv("LD_LIBRARY_PATH_ORIG", raising=False)
    monkeypatch.setenv("_PYI_ARCHIVE_FILE", "/bundle/benchwright")
    if before:
        monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", before)
    runpy.run_path(str(PACKAGING / "restore_environment.py"))
    assert os.environ.get("LD_LIBRARY_PATH") == before
    assert not [name for name in os.environ if name.startswith("_PYI_") or name == "LD_LIBRARY_PATH_ORIG"]


@pytest.mark.skipif(sys.platform != "linux", reason="the menu of a Linux desktop")
def test_the_menu_entry_is_put_in_and_taken_out(tmp_path: Path) -> None:
    bundle, home = tmp_path / 'a "100%" $place', tmp_path / "home"
    share = bundle / "share"
    share.mkdir(parents=True)
    for file in (LINUX / "benchwright.desktop", METAINFO, resource_path("icons", "benchwright.svg")):
        shutil.copy(file, share)
    shutil.copy(LINUX / "install.sh", bundle)
    program = bundle / "benchwright-window"
    program.write_text("#!/bin/sh\n")
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}

    def install(*arguments: str) -> None:
        subprocess.run([bundle / "install.sh", *arguments], env=environment, check=True, capture_output=True)

    install()
    install()  # again, as after an update
    entry = home / ".local/share/applications/benchwright.desktop"
    if shutil.which("desktop-file-validate"):
        subprocess.run(["desktop-file-validate", entry], check=True)
    escaped = str(program).replace('"', '\\\\"').replace("$", "\\\\$").replace("%", "%%")
    assert desktop_entry(entry)["Exec"] == f'"{escaped}" %F'
    assert (home / ".local/bin/benchwright-window").resolve() == program
    install("--remove")
    assert not [
        path for path in home.rglob("*") if path.is_symlink() or path.name.startswith(("bench", "org."))
    ]
