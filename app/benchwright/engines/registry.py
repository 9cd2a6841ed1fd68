"""Finds the script languages: each is a folder beside this file that exports `ENGINE`."""

import importlib
import pkgutil
from functools import cache

from benchwright import engines
from benchwright.core.diagnostics import Diagnostic
from benchwright.core.errors import UnknownNameError
from benchwright.engines.engine import CheckContext, EngineFactory, EngineInfo, EngineSettings


@cache
def engine_infos() -> dict[str, EngineInfo]:
    """Return what there is to know of each language, by its name; no engine is imported."""
    names = [m.name for m in pkgutil.iter_modules(engines.__path__) if m.ispkg]
    found = [importlib.import_module(f"{engines.__name__}.{name}").ENGINE for name in sorted(names)]
    return {info.language: info for info in found}


def engine_languages() -> list[str]:
    """Return the names of the languages."""
    return list(engine_infos())


def engine_suffixes() -> list[str]:
    """Return the suffixes of script files, such as ``.lua``."""
    return [info.suffix for info in engine_infos().values()]


def engine_for_suffix(suffix: str) -> str:
    """Return the language of files with this suffix.

    Raises:
        UnknownNameError: there is none.
    """
    for info in engine_infos().values():
        if info.suffix == suffix:
            return info.language
    raise UnknownNameError("language for files that end in", suffix, engine_suffixes())


def engine_class(language: str) -> EngineFactory:
    """Import and return the engine of a language.

    Raises:
        UnknownNameError: there is no such language.
    """
    infos = engine_infos()
    if language not in infos:
        raise UnknownNameError("language", language, infos)
    module, _, name = infos[language].engine.partition(":")
    found: EngineFactory = getattr(importlib.import_module(module), name)
    return found


def validate(language: str, source: str, name: str, context: CheckContext | None = None) -> list[Diagnostic]:
    """Return what is wrong with a script; nothing of it is run."""
    engine = engine_class(language)(EngineSettings(script_name=name), context)
    return engine.validate(source, name)
