"""Finds a class of PyMeasure by the name that a configuration gives, and makes it work on our adapter."""

import importlib
import inspect
import pkgutil
import sys
import warnings
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from types import ModuleType
from typing import Any, Final

from benchwright.core.errors import ConfigurationError, did_you_mean, listed
from benchwright.core.extras import need_extra

EXAMPLE: Final = 'driver = "pymeasure:newport.ESP300"'
_PACKAGE: Final = "pymeasure.instruments"
_NOT_FOR_PEOPLE: Final = ("self", "adapter", "name", "includeSCPI")


@cache
def find_class(name: str) -> Any:
    """Return the class that `name` means: ``maker.Class`` of PyMeasure, or ``module.Class`` of anybody.

    Raises:
        ConfigurationError: there is none, or it is no instrument or not importable; no PyMeasure.
    """
    base = _base_class()
    path, dot, class_name = name.rpartition(".")
    if not dot or not all(part.isidentifier() for part in name.split(".")):
        raise ConfigurationError(f"{name!r} names no class; write it such as {EXAMPLE}")
    found = _attribute(_module(path), class_name, base)
    if not (inspect.isclass(found) and issubclass(found, base)):
        raise ConfigurationError(f"{name} is no instrument of PyMeasure, such as in {EXAMPLE}")
    return found


def _base_class() -> type[Any]:
    need_extra("pymeasure", "PyMeasure", "pymeasure")
    from pymeasure.instruments import Instrument

    found: type[Any] = Instrument
    return found


def _module(path: str) -> ModuleType:
    """Import the module of PyMeasure, or else one of that whole name."""
    first, *rest = path.split(".")
    package = importlib.import_module(_PACKAGE)
    makers = [module.name for module in pkgutil.iter_modules(package.__path__)]
    if first not in makers and f"{_PACKAGE}.{first}" not in sys.modules:
        if find_spec(first) is None:
            hint = did_you_mean(first, makers) or f" (there is: {listed(makers)})"
            raise ConfigurationError(f"PyMeasure has no maker {first!r}{hint}")
        return _imported(path)
    module = _imported(f"{_PACKAGE}.{first}")
    for name in rest:
        known = [each.name for each in pkgutil.iter_modules(getattr(module, "__path__", []))]
        if name not in known:
            raise ConfigurationError(f"{first} has no module {name!r}{did_you_mean(name, known)}")
        module = _imported(f"{module.__name__}.{name}")
    return module


def _imported(path: str) -> ModuleType:
    try:
        return importlib.import_module(path)
    except Exception as error:  # noqa: BLE001 - a stranger's module may do anything while it is imported
        raise ConfigurationError(f"{path} cannot be imported: {first_line(error)}") from None


def _attribute(module: ModuleType, name: str, base: type[Any]) -> object:
    if name in vars(module):
        return vars(module)[name]
    known = [key for key, each in vars(module).items() if inspect.isclass(each) and issubclass(each, base)]
    hint = did_you_mean(name, known) or f" (there is: {listed(known)})"
    raise ConfigurationError(f"{module.__name__.removeprefix(_PACKAGE + '.')} has no class {name!r}{hint}")


def first_line(error: BaseException) -> str:
    """Return an error of somebody else as one line."""
    text = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def check_arguments(cls: type[Any], arguments: Mapping[str, Any]) -> None:
    """Check constructor arguments by their names.

    Raises:
        ConfigurationError: the class takes no such argument, or needs one that is missing.
    """
    parameters = {
        name: each
        for name, each in inspect.signature(cls.__init__).parameters.items()
        if name not in _NOT_FOR_PEOPLE and each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)
    }
    for name in arguments:
        if name not in parameters:
            hint = did_you_mean(name, parameters) or f" (there is: {listed(parameters)})"
            raise ConfigurationError(
                f"{cls.__name__} takes no argument {name!r}{hint}", key="options.arguments"
            )
    missing = [n for n, each in parameters.items() if each.default is each.empty and n not in arguments]
    if missing:
        raise ConfigurationError(
            f"{cls.__name__} needs arguments = {{ {missing[0]} = ... }}", key="options.arguments"
        )


def make(cls: Any, adapter: Any, arguments: Mapping[str, Any]) -> Any:
    """Make an instrument of PyMeasure on an adapter of ours; may raise whatever its author thought of."""
    warnings.filterwarnings("ignore", module=r"pymeasure\.")  # what it tells its own maintainers
    return bound(cls)(adapter, **arguments)


@cache
def bound(cls: Any) -> Any:
    """Return the class with ours below it, just above PyMeasure's `Instrument`.

    There it sees what the class says of its line ends, which PyMeasure throws away where it is given an
    adapter, and its pauses end when the caller is stopped.
    """
    from benchwright.instruments.drivers.pymeasure.adapter import OnOurLink

    return type(cls.__name__, (cls, OnOurLink), {"__module__": cls.__module__, "__doc__": cls.__doc__})
