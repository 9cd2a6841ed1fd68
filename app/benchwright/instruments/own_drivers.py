"""Imports drivers of a user's own, from folders anywhere on the computer.

Such a driver is code that runs in the bench, with all that the bench may do: whoever writes the configuration
vouches for it. It is a folder like those of the shipped drivers.
"""

import hashlib
import importlib
import os
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Final

from benchwright.core.errors import ConfigurationError

_PREFIX: Final = (
    "benchwright_own_drivers"  # a package that there is not, so that no name of anybody's is taken
)


def located(driver: str, folder: Path) -> str:
    """Return the name of a driver; that of an own one is a path, made absolute from a folder."""
    return os.path.realpath(folder / driver) if "/" in driver or "\\" in driver else driver


def is_own(driver: str) -> bool:
    """Tell whether a driver is named by its folder, as no shipped one is."""
    return Path(driver).is_absolute()


def own_package(folder: str) -> str:
    """Return the package that modules of a driver's folder are imported from.

    Raises:
        ConfigurationError: there is no driver in the folder.
    """
    path = Path(folder)
    if not (path / "driver.py").is_file():
        what = "no driver.py in it" if path.is_dir() else "no such folder"
        raise ConfigurationError(f"driver {folder}: there is {what}; see: benchwright instrument new")
    where = hashlib.sha256(str(path).encode()).hexdigest()[:12]
    name = f"{_PREFIX}_{where}.{path.name}"
    if name not in sys.modules:
        package = ModuleType(name)
        package.__path__ = [str(path)]
        sys.modules[name] = package
    return name


def own_module(folder: str, module: str) -> ModuleType:
    """Import a module of a driver's folder.

    Raises:
        ConfigurationError: it is not there or fails; names file and line.
    """
    name = f"{own_package(folder)}.{module}"
    try:
        return importlib.import_module(name)
    except SyntaxError as error:
        why = f"{_place(error.filename, error.lineno)}: {error.msg}"
    except Exception as error:  # noqa: BLE001 - the edge: the code is somebody else's
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if frame.filename.startswith(folder)]
        place = f"{_place(own[-1].filename, own[-1].lineno)}: " if own else ""
        why = f"{place}{type(error).__name__}: {error}".rstrip(": ")
    raise ConfigurationError(f"driver {folder}: {why}")


def _place(file: str | None, line: int | None) -> str:
    return f"{Path(file or '?').name}:{line or 1}"
