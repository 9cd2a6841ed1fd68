"""Checks a script, with what belongs to it, against the instruments of a bench that need not run."""

from collections.abc import Mapping

from benchwright.bench.scripts.script_file import ScriptFile, neighbour_test
from benchwright.core.descriptors import InstrumentDescriptor
from benchwright.core.diagnostics import Diagnostic, Severity
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
        broken=broken_dependencies(script),
        has_beside=neighbour_test(script.path),
    )
    return validate(script.language, script.source, script.name, context)


def broken_dependencies(script: ScriptFile) -> dict[str, str]:
    """Return what is wrong with the text of each script that this one declares, or that such a one needs."""
    from benchwright.engines.registry import validate

    faults: dict[str, str] = {}
    for name, text in script.dependencies.items():
        file = script.places[name].name
        for fault in validate(script.language, text, file):
            if fault.severity is Severity.ERROR:
                faults.setdefault(name, f"{file}:{fault.line}:{fault.column}: {fault.message}")
    if not faults:
        return {}
    found = {name: _fault_of(name, script, faults) for name in script.requires[""]}
    return {name: fault for name, fault in found.items() if fault}


def _fault_of(name: str, script: ScriptFile, faults: Mapping[str, str]) -> str:
    """Return what is wrong with a library script, else with one that it needs, else nothing."""
    names = [name]
    for each in names:  # it grows meanwhile
        if each in faults:
            return faults[each]
        names += [needed for needed in script.requires.get(each, ()) if needed not in names]
    return ""
