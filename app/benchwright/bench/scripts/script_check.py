"""Checks a script, with what belongs to it, against the instruments of a bench that need not run."""

from collections.abc import Mapping

from benchwright.bench.scripts.script_file import ScriptFile, neighbour_test
from benchwright.core.descriptors import InstrumentDescriptor
from benchwright.core.diagnostics import Diagnostic
from benchwright.engines.engine import CheckContext


def check_script(script: ScriptFile, instruments: Mapping[str, InstrumentDescriptor]) -> list[Diagnostic]:
    """Return what is wrong with a script; nothing of it is run.

    Args:
        script: the script.
        instruments: those that it can use, by name.
    """
    from benchwright.engines.registry import validate

    context = CheckContext(
        instruments=instruments,
        permissions=script.wanted_permissions,
        parameters=frozenset(script.metadata.parameters),
        dependencies=script.metadata.dependency_names,
        has_beside=neighbour_test(script.path),
    )
    return validate(script.language, script.source, script.name, context)
