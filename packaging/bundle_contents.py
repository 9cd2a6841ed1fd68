"""What goes into the bundle, asked of the package itself: a new driver or panel needs no line here."""

import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Final

import benchwright
from benchwright import engines, gui
from benchwright.engines.registry import engine_languages
from benchwright.gui import panels
from benchwright.gui.panel_registry import panel_infos
from benchwright.instruments import drivers
from benchwright.instruments.drivers.registry import driver_names

Entry = tuple[str, str, str]  # place in the bundle, source, kind: of PyInstaller's tables
ROOT: Final = Path(__file__).resolve().parents[1]
# The program without Qt has this one module of the window's: the process that searches for the editor.
SEARCHER: Final = "benchwright.gui.widgets.text_search"
EXTRAS: Final = ("gui", "hdf5")
QT: Final = ("PySide6", "shiboken6", "pyside6_scintilla", "lexilla", "pyqtgraph", "qasync")
# Modules of Qt that others would bring along, and nobody here uses.
QT_LEFT_OUT: Final = ("PySide6.QtDBus", "PySide6.QtNetwork", "PySide6.QtTest")
# Parts of the standard library that are programs of their own, need Tk or NIS, or install packages.
LEFT_OUT: Final = frozenset(
    [
        "antigravity",
        "distutils",
        "ensurepip",
        "idlelib",
        "lib2to3",
        "nis",
        "this",
        "tkinter",
        "_tkinter",
        "turtle",
        "turtledemo",
        "venv",
    ]
)
# Parts of numpy for those who test or extend it.
NUMPY_LEFT_OUT: Final = re.compile(r"\.(tests|f2py|distutils|conftest|_pyinstaller|_simd|\w+_tests)\b")
# What Qt's plugins bring, but for these, serves no window with a mouse and a keyboard on a desktop.
QT_PLUGINS: Final = re.compile(
    r"(iconengines|styles|wayland-(decoration|graphics-integration|shell-integration)[^/]*|xcbglintegrations)/"
    r"|imageformats/\w*(svg|ico|icns)\b"
    r"|platforms/\w*(xcb|wayland|offscreen|windows|cocoa)\b"
    r"|platforminputcontexts/\w*(compose|ibus)"
    r"|platformthemes/\w*xdgdesktopportal"
)

# Libraries on Linux that are there because another shared object needs them; Python's is there for itself.
LIBRARIES: Final = re.compile(r"(PySide6/Qt/lib/)?(?!libpython)[^/]+\.so[.\d]*")


def registered_packages() -> list[str]:
    """Return the package of every driver, engine and panel that the program finds by itself."""
    return [
        *(f"{drivers.__name__}.{name}" for name in driver_names()),
        *(f"{engines.__name__}.{name}" for name in engine_languages()),
        *(f"{panels.__name__}.{info.name}" for info in panel_infos()),
    ]


def window_modules() -> list[str]:
    """Return all modules of the program with the window."""
    return [*_modules_below(benchwright), *_link_modules(), "pydoc"]


def command_modules() -> list[str]:
    """Return all modules of the program without Qt, and the standard library, which scripts import."""
    below = [name for name in _modules_below(benchwright) if not name.startswith(f"{gui.__name__}.")]
    return [*below, gui.__name__, SEARCHER, *_link_modules(), *_standard_library(), *_numpy()]


def resources() -> list[tuple[str, str]]:
    """Return the files beside the code, each with its folder in the bundle."""
    package = ROOT / "app" / "benchwright"
    beside = [path for path in package.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")]
    found = [(path, Path("benchwright", path.parent.relative_to(package))) for path in beside]
    for source, target in ((ROOT / "resources", "."), (ROOT / "docs", "docs")):
        folder = Path("benchwright", "_resources", target)
        files = [path for path in source.rglob("*") if path.is_file() and ".cache" not in path.parts]
        found += [(path, folder / path.parent.relative_to(source)) for path in files]
    return [(str(path), folder.as_posix()) for path, folder in found]


def notices() -> list[tuple[str, str]]:
    """Return what tells the versions and the licences of the packages in the bundle, each with its folder."""
    wanted = re.compile(r"\.dist-info/.*(METADATA|licen[cs]e|notice|copying)", re.I)
    names = sorted(_distributions("benchwright", EXTRAS) - {"benchwright"})
    files = [file for name in names for file in metadata.files(name) or () if wanted.search(file.as_posix())]
    found = [(str(file.locate()), file.parent.as_posix()) for file in files]
    return [*found, (str(ROOT / "LICENSE"), ".")]


def development_modules() -> list[str]:
    """Return the top-level modules in this environment that no user needs."""
    needed = _distributions("benchwright", EXTRAS)
    owners = metadata.packages_distributions()
    return [module for module, names in owners.items() if not {_canonical(name) for name in names} & needed]


def is_needed(place: str) -> bool:
    """Tell whether a file belongs into the bundle, by its path there."""
    place = place.replace("\\", "/")
    if "/translations/" in place or "/qml/" in place.lower():
        return False
    folder, _, name = place.rpartition("/")
    if folder.startswith("numpy/") and NUMPY_LEFT_OUT.search(f".{name}"):
        return False
    _, is_plugin, plugin = place.partition("/plugins/")
    return not is_plugin or bool(QT_PLUGINS.match(plugin))


def needed_libraries(entries: list[Entry]) -> list[Entry]:
    """Return the shared objects that belong into the bundle, without those that only others need."""
    from PyInstaller.depend.bindepend import get_imports

    kept = {entry[0]: entry for entry in entries if is_needed(entry[0])}
    if sys.platform != "linux":
        return [*kept.values()]
    links = {
        place: (Path(place).parent / entry[1]).as_posix()
        for place, entry in kept.items()
        if entry[2] == "SYMLINK"
    }
    libraries = {Path(place).name: place for place in kept.keys() - links if LIBRARIES.fullmatch(place)}
    needed = kept.keys() - links.keys() - set(libraries.values())
    waiting = list(needed)
    while waiting:
        names = {name for name, _ in get_imports(kept[waiting.pop()][1])}
        found = {libraries[name] for name in names & libraries.keys()} - needed
        needed |= found
        waiting += found
    return [entry for place, entry in kept.items() if links.get(place, place) in needed]


def _modules_below(package: ModuleType) -> Iterator[str]:
    yield package.__name__
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield module.name


def _link_modules() -> Iterator[str]:
    """Yield the modules of the libraries that open ports: they find their own parts at run time."""
    for name in ("serial", "pyvisa", "pyvisa_py"):
        yield from _names_below(name)


def _numpy() -> Iterator[str]:
    return (name for name in _names_below("numpy") if not NUMPY_LEFT_OUT.search(name))


def _standard_library() -> Iterator[str]:
    for name in sorted(sys.stdlib_module_names - LEFT_OUT):
        if find_spec(name) is None:
            continue  # of another system
        yield from (found for found in _names_below(name) if not re.search(r"\.(tests?|idle_test)\b", found))


def _names_below(name: str) -> Iterator[str]:
    """Yield a module and all below it, found by their files: importing them could do anything."""
    yield name
    for finder in sys.path:
        folder = Path(finder, name.replace(".", "/"))
        if not (folder / "__init__.py").is_file():
            continue
        for module in pkgutil.iter_modules([str(folder)], f"{name}."):
            yield from _names_below(module.name) if module.ispkg else (module.name,)
        return


def _distributions(name: str, extras: Iterable[str] = ()) -> set[str]:
    """Return the names of a distribution and of all that it needs."""
    from packaging.requirements import Requirement

    found, waiting = {_canonical(name)}, [(name, tuple(extras))]
    while waiting:
        owner, wanted = waiting.pop()
        for line in metadata.requires(owner) or ():
            requirement = Requirement(line)
            marker = requirement.marker
            if marker and not any(marker.evaluate({"extra": extra}) for extra in ("", *wanted)):
                continue
            if _canonical(requirement.name) not in found:
                found.add(_canonical(requirement.name))
                waiting.append((requirement.name, tuple(requirement.extras)))
    return found


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
