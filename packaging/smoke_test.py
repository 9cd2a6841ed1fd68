"""Tries out the bundle as a person gets it: unpacked, in an empty home, without Python and this checkout.

`make smoke` runs it after `make bundle`. On Linux only: elsewhere its checks have to be made by hand.
"""

import json
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "packaging")]

import bundle_contents  # noqa: E402
import smoke_window  # noqa: E402
from benchwright import __version__  # noqa: E402
from benchwright.instruments.drivers.registry import driver_names  # noqa: E402
from smoke_bundle import TIMEOUT_S, Bundle, check  # noqa: E402

ENDLESS: Final = "print('going')\nwhile true do sleep(0.05) end\n"
WRONG: Final = 'local motor = instruments.get("esp300")\nmotor:move_absolut(45)\n'
IMPORTS: Final = """
import importlib
missing = []
for name in {names!r}:
    try:
        importlib.import_module(name)
    except ImportError as error:
        missing.append(f"{{name}} ({{error}})")
import numpy as np
from zoneinfo import ZoneInfo
rng = np.random.default_rng(1)
record(norm=float(np.linalg.norm(np.fft.rfft(rng.normal(size=64)))), zone=str(ZoneInfo("Europe/Berlin")))
result = missing
"""


def main() -> int:
    """Make all checks on the newest archive; return 1 at the first that fails."""
    archives = sorted((ROOT / "dist").glob(f"benchwright-{__version__}-linux-*.tar.xz"))
    if sys.platform != "linux" or not archives:
        print("smoke: there is no bundle for Linux in dist/; make bundle builds one", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="benchwright ünpacked ") as name:
        with tarfile.open(archives[-1]) as archive:
            archive.extractall(name, filter="tar")
        (folder,) = Path(name).iterdir()
        bundle = Bundle(folder, Path(name, "home"), hidden=places_to_hide())
        print(f"smoke: {archives[-1].name}, out of reach: {', '.join(map(str, bundle.hidden)) or 'nothing'}")
        title = ""
        try:
            for step in (*COMMAND_CHECKS, *smoke_window.CHECKS):
                title = str(step.__doc__).rstrip(".")
                began_s = time.monotonic()
                said = step(bundle)
                took_s = time.monotonic() - began_s
                print(f"ok    {title}{f': {said}' if said else ''} ({took_s:.1f} s)", flush=True)
        except AssertionError as failure:
            print(f"FAIL  {title}: {failure}")
            return 1
        finally:
            bundle.end()
    return 0


def places_to_hide() -> list[Path]:
    """Return what the bundle must do without: this checkout, with its packages, and its Python."""
    return [ROOT, *({Path(sys.base_prefix).resolve()} - {Path("/usr"), Path("/")})]


# --- the command line -------------------------------------------------------------------------------------


def check_start(bundle: Bundle) -> str:
    """Version, help and doctor."""
    check(bundle.run("--version").stdout.strip() == f"benchwright {__version__}", "another version")
    check("script run" in bundle.run("--help").stdout, "no help")
    said = [json.loads(line) for line in bundle.run("doctor", "--json").stdout.splitlines()]
    states = {each["name"]: each["status"] for each in said}
    fine = ("packages", "gui", "hdf5", "lua fences", "python fences", "configuration", "data folder")
    check(all(states.get(name) == "ok" for name in fine), f"doctor says: {said}")
    command = [str(bundle.folder / "benchwright"), "--version"]  # without the time that hiding takes
    times = sorted(timed(lambda: subprocess.run(command, capture_output=True, check=True)) for _ in range(9))
    return f"a command starts in {times[4] * 1000:.0f} ms (best {times[0] * 1000:.0f})"


def check_examples(bundle: Bundle) -> str:
    """Every example that is a script, in Lua and Python."""
    scripts = [
        path for path in sorted(bundle.resources("examples").glob("*.*")) if path.stem != "api_example"
    ]
    scripts = [path for path in scripts if path.suffix in (".lua", ".py")]
    check(len(scripts) >= 9, f"only {len(scripts)} examples")
    rows = {path.name: bundle.finished(str(path))["rows"] for path in scripts}
    check(rows["malus_scan.lua"] == rows["malus_scan.py"] == 19, f"rows: {rows}")
    return f"{len(scripts)} scripts, {sum(rows.values())} rows"


def check_imports(bundle: Bundle) -> str:
    """A Python script imports the standard library and numpy."""
    names = sorted(name for name in importable_here() if name not in bundle_contents.LEFT_OUT)
    script = bundle.write("imports.py", IMPORTS.format(names=names))
    finished = bundle.finished(str(script), "--timeout", str(TIMEOUT_S))
    check(finished["result"] == [], f"missing: {finished['result']}")
    return f"{len(names)} modules"


def importable_here() -> list[str]:
    """Return the modules of the standard library that this Python can import, by trying."""
    names = sorted(name for name in sys.stdlib_module_names if name not in {"antigravity", "this"})
    program = (
        "import importlib, sys\n"
        f"for name in {names!r}:\n"
        "    try: importlib.import_module(name)\n"
        "    except Exception: continue\n"
        "    print(name, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True
    )
    return done.stderr.split()


def check_drivers(bundle: Bundle) -> str:
    """Every driver is there."""
    config = bundle.write("bad.toml", '[instruments.x]\ndriver = "nothing"\nlink = "tcp://127.0.0.1:9"\n')
    said = bundle.run("instrument", "list", "--config", str(config), expected=2).stderr
    check(all(name in said for name in driver_names()), f"drivers: {said}")
    listed = bundle.run("instrument", "list").stdout
    check("esp300" in listed, listed)
    check("read_power" in bundle.run("instrument", "describe", "newport").stdout, "no description")
    bundle.run("instrument", "scan", "--json")
    return f"{len(driver_names())} drivers"


def check_validate(bundle: Bundle) -> None:
    """Mistakes are found at their place."""
    script = bundle.write("wrong.lua", WRONG)
    lines = bundle.run("script", "validate", str(script), "--json", expected=1).stdout.splitlines()
    found = [json.loads(line) for line in lines if '"diagnostic"' in line]
    check([(each["line"], each["column"]) for each in found] == [(2, 7)], str(found))
    bundle.run("script", "validate", str(bundle.resources("examples", "malus_scan.py")))


def check_export(bundle: Bundle) -> None:
    """A run is exported to CSV and HDF5."""
    import h5py

    run_id = bundle.finished(str(bundle.resources("examples", "malus_scan.lua")))["run_id"]
    csv, hdf5 = bundle.home / "rows.csv", bundle.home / "rows.h5"
    bundle.run("runs", "export", run_id, "--format", "csv", "-o", str(csv))
    bundle.run("runs", "export", run_id, "--format", "hdf5", "-o", str(hdf5))
    check(len(csv.read_text("utf-8").splitlines()) == 20, csv.read_text("utf-8"))
    with h5py.File(hdf5) as file:
        found: list[str] = []
        file.visit(found.append)
        check(any(name.endswith("power") for name in found), f"HDF5: {found}")


def check_cancel(bundle: Bundle) -> str:
    """Ctrl-C cancels a run."""
    with bundle.endless("endless.lua", ENDLESS) as process:
        process.send_signal(signal.SIGINT)
        took_s = timed(lambda: process.wait(TIMEOUT_S))
    check(process.returncode == 130, f"exit code {process.returncode}")
    return f"in {took_s * 1000:.0f} ms"


def check_estop(bundle: Bundle) -> None:
    """The emergency stop ends a run, and is reset."""
    with bundle.endless("endless.lua", ENDLESS) as process:
        said = bundle.run("estop").stdout
        process.wait(TIMEOUT_S)
    check(process.returncode == 6, f"exit code {process.returncode}")
    check("acknowledged" in said and "safe" in said and "unknown" not in said, said)
    bundle.run("script", "run", str(bundle.resources("examples", "first_script.lua")), expected=6)
    bundle.run("estop", "--reset")
    bundle.run("safe-state")


def check_library(bundle: Bundle) -> None:
    """A script is kept in the library, and scheduled in a time zone."""
    bundle.run("script", "new", "smoke")
    check("smoke" in bundle.run("script", "list").stdout, "it is not listed")
    bundle.run("schedule", "add", "smoke", "--cron", "0 9 * * mon", "--zone", "Europe/Berlin")
    said = bundle.run("schedule", "preview").stdout
    check("08:00:00" in said or "07:00:00" in said, said)  # shown in UTC


def check_confinement(bundle: Bundle) -> None:
    """A Python script reads nothing of its user's."""
    secret = bundle.write("secret.txt", "secret")
    script = bundle.write("spy.py", f"open({str(secret)!r}).read()\n")
    finished: dict[str, Any] = bundle.finished(str(script), expected=1)
    check("Permission" in finished["error"]["message"], str(finished["error"]))


def timed(action: Callable[[], object]) -> float:
    """Return how long something takes, in seconds."""
    began_s = time.monotonic()
    action()
    return time.monotonic() - began_s


COMMAND_CHECKS: Final = (
    check_start,
    check_examples,
    check_imports,
    check_drivers,
    check_validate,
    check_export,
    check_cancel,
    check_estop,
    check_library,
    check_confinement,
)

if __name__ == "__main__":
    sys.exit(main())
