"""The headless parts start without the window and without the libraries that take long to load."""

import json
import subprocess
import sys

import pytest

import benchwright
from benchwright import api

HEAVY = {"PySide6", "shiboken6", "pyqtgraph", "qasync", "numpy", "pyvisa", "h5py", "p4p", "pymeasure"}
# What subclasses something of an optional library; it is imported where that library is used, and only then.
FOR_EXTRAS = {"benchwright.bench.epics.variables", "benchwright.instruments.drivers.pymeasure.adapter"}
# What keeps its name in code and docs, for everybody who writes programs with it.
CONCEPTS = """
ScriptEngine ScriptResult Diagnostic ScriptManager ScriptMetadata ScriptStatus ScriptExecutionStats
ScriptResourceLimits ScriptScheduler ScheduledExecution ExecutionSchedule Once Interval Cron Manual
ResourceMonitor DeviceStatus TelemetryData TokenBucket InstrumentManager Measurement ScriptNotFound
ScriptRunning CompilationError ExecutionError ScriptTimeout PermissionDenied ResourceLimitExceeded
RateLimitExceeded MetadataError InvalidSchedule ConfigurationError InstrumentError EmergencyStopActive
"""
IMPORT_ALL = """
import importlib, json, pkgutil, sys
import benchwright

heavy, for_extras = (set(json.loads(each)) for each in sys.argv[1:])
culprits = {}
names = [module.name for module in pkgutil.walk_packages(benchwright.__path__, "benchwright.")]
for name in names:
    if name.startswith("benchwright.gui") or name in for_extras:
        continue
    before = (heavy | for_extras) & sys.modules.keys()
    importlib.import_module(name)
    if new := ((heavy | for_extras) & sys.modules.keys()) - before:
        culprits[name] = sorted(new)
print(json.dumps([len(names), culprits]))
"""


def run_python(source: str, *arguments: str) -> str:
    command = [sys.executable, "-c", source, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_no_headless_module_imports_qt_or_a_slow_library() -> None:
    arguments = [json.dumps(sorted(each)) for each in (HEAVY, FOR_EXTRAS)]
    count, culprits = json.loads(run_python(IMPORT_ALL, *arguments))
    assert count > 20, "the walk has to find the package's modules"
    assert culprits == {}


def test_the_package_itself_imports_nothing_of_its_own() -> None:
    source = "import sys, benchwright.__main__; print(*sorted(n for n in sys.modules if 'benchwright' in n))"
    assert run_python(source).split() == ["benchwright", "benchwright.__main__"]


def test_a_public_name_comes_from_the_api(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "__all__", ["Lamp"], raising=False)
    monkeypatch.setattr(api, "Lamp", "a lamp", raising=False)
    assert benchwright.__getattr__("Lamp") == "a lamp"


@pytest.mark.parametrize("name", CONCEPTS.split())
def test_every_concept_is_public_by_its_name(name: str) -> None:
    assert getattr(benchwright, name, None) is not None
    assert name in api.__all__


def test_an_unknown_name_is_refused_in_a_fresh_process() -> None:
    source = "import benchwright\ntry: benchwright.nothing\nexcept AttributeError as error: print(error)"
    assert run_python(source).strip() == "module 'benchwright' has no attribute 'nothing'"
