"""Finds the drivers: each is a package in this folder, and is imported only when asked for."""

import importlib
import pkgutil
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

import benchwright.instruments.drivers as _folder
from benchwright.core.errors import ConfigurationError, did_you_mean, listed
from benchwright.instruments.instrument import Instrument

if TYPE_CHECKING:
    from benchwright.instruments.simulation.simulator import Simulator


@cache
def driver_names() -> tuple[str, ...]:
    """List the drivers, such as ``newport_esp300``, in alphabetical order."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(_folder.__path__) if m.ispkg))


def driver_class(name: str) -> type[Instrument]:
    """Return the class of a driver; `name` may have a model behind a colon: ``pymeasure:newport.ESP300``.

    Raises:
        ConfigurationError: there is no driver of that name, or not of that model.
    """
    name, colon, model = name.partition(":")
    found: type[Instrument] = importlib.import_module(f"{_package(name)}.driver").DRIVER
    return found.of_model(model) if colon else found


def has_simulator(name: str) -> bool:
    """Tell whether a driver comes with a simulated instrument."""
    return find_spec(f"{_package(name)}.simulator") is not None


def simulator_class(name: str) -> "type[Simulator]":
    """Return the class that simulates the instrument of a driver.

    Raises:
        ConfigurationError: there is no driver of that name, or it has no simulator.
    """
    if not has_simulator(name):
        raise ConfigurationError(f"driver {name} has no simulator")
    found: type[Simulator] = importlib.import_module(f"{_package(name)}.simulator").SIMULATOR
    return found


def _package(name: str) -> str:
    names = driver_names()
    if name not in names:
        hint = did_you_mean(name, names)
        raise ConfigurationError(f"unknown driver {name!r}{hint} (there is: {listed(names)})")
    return f"{_folder.__name__}.{name}"
