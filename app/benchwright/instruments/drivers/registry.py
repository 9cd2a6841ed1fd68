"""Finds the drivers: packages in this folder, and a user's own; each is imported only when asked for."""

import importlib
import pkgutil
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

import benchwright.instruments.drivers as _folder
from benchwright.core.errors import ConfigurationError, did_you_mean, listed
from benchwright.instruments.instrument import Instrument
from benchwright.instruments.own_drivers import is_own, own_module, own_package

if TYPE_CHECKING:
    from benchwright.instruments.simulation.simulator import Simulator


@cache
def driver_names() -> tuple[str, ...]:
    """List the drivers, such as ``newport_esp300``, in alphabetical order."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(_folder.__path__) if m.ispkg))


def driver_class(name: str) -> type[Instrument]:
    """Return the class of a driver.

    Args:
        name: a shipped driver, which may have a model behind a colon (``pymeasure:newport.ESP300``), or the
            path of the folder of an own one.

    Raises:
        ConfigurationError: there is no driver of that name, not of that model, or it cannot be used.
    """
    if is_own(name):
        return _own_class(name)
    name, colon, model = name.partition(":")
    found: type[Instrument] = importlib.import_module(f"{_package(name)}.driver").DRIVER
    return found.of_model(model) if colon else found


def _own_class(folder: str) -> type[Instrument]:
    found = getattr(own_module(folder, "driver"), "DRIVER", None)
    if not (isinstance(found, type) and issubclass(found, Instrument)):
        raise ConfigurationError(f"driver {folder}: driver.py must name its class: DRIVER = MyInstrument")
    if found.__abstractmethods__:
        missing = " and ".join(f"{each}()" for each in sorted(found.__abstractmethods__))
        raise ConfigurationError(f"driver {folder}: {found.__name__} lacks {missing}, which every driver has")
    return found


def has_simulator(name: str) -> bool:
    """Tell whether a driver comes with a simulated instrument."""
    package = own_package(name) if is_own(name) else _package(name)
    return find_spec(f"{package}.simulator") is not None


def simulator_class(name: str) -> "type[Simulator]":
    """Return the class that simulates the instrument of a driver.

    Raises:
        ConfigurationError: there is no driver of that name, or it has no simulator.
    """
    if not has_simulator(name):
        raise ConfigurationError(f"driver {name} has no simulator")
    if is_own(name):
        own: type[Simulator] | None = getattr(own_module(name, "simulator"), "SIMULATOR", None)
        if own is None:
            raise ConfigurationError(f"driver {name}: simulator.py must name its class: SIMULATOR = ...")
        return own
    found: type[Simulator] = importlib.import_module(f"{_package(name)}.simulator").SIMULATOR
    return found


def _package(name: str) -> str:
    names = driver_names()
    if name not in names:
        hint = did_you_mean(name, names)
        raise ConfigurationError(f"unknown driver {name!r}{hint} (there is: {listed(names)})")
    return f"{_folder.__name__}.{name}"
