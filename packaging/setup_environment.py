"""Makes `.venv/` with the pinned packages and, on Debian, installs the libraries Qt needs; `make` runs it.

All or nothing: an environment without its stamp is made anew; a failure or an interrupt removes
what was begun and puts the former environment back.
"""

import argparse
import contextlib
import hashlib
import importlib.util
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
ENVIRONMENT = ROOT / ".venv"
PREVIOUS = ROOT / ".venv.previous"
STAMP = "benchwright-setup"

DEBIAN_PACKAGES = (
    "libdbus-1-3",
    "libegl1",
    "libfontconfig1",
    "libgl1",
    "libxcb-cursor0",
    "libxcb-icccm4",
    "libxcb-image0",
    "libxcb-keysyms1",
    "libxcb-render-util0",
    "libxcb-shape0",
    "libxcb-xinerama0",
    "libxkbcommon-x11-0",
    "xvfb",  # a screen for the tests of the window
)
BUNDLE_PACKAGES = (  # PyInstaller's tools, and those that check the entry of the menu
    "appstream",
    "binutils",
    "desktop-file-utils",
    "xz-utils",
)


class SetupError(Exception):
    """What stands in the way of the set-up, in words for the person who asked for it."""


def main() -> int:
    """Make everything ready; the second call finds the stamp and does nothing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--system-libraries", choices=("install", "skip"), default="install")
    parser.add_argument("--bundle", action="store_true", help="also install what builds the bundle")
    options = parser.parse_args()
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):  # no SIGHUP on Windows
            signal.signal(getattr(signal, name), lambda number, _: sys.exit(128 + number))
    try:
        with one_at_a_time():
            if options.system_libraries == "install":
                install_system_libraries((*DEBIAN_PACKAGES, *(BUNDLE_PACKAGES if options.bundle else ())))
            ensure_environment()
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("setup: interrupted; nothing half-done is left", file=sys.stderr)
        return 130
    return 0


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let a second `make` in the same checkout wait for the first."""
    with LOCK.open("rb") as lock:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install_system_libraries(needed: Sequence[str]) -> None:
    """On Debian and its kin install what is missing as root, else say the command that does."""
    if not is_debian():
        return
    missing = missing_packages(needed)
    if not missing:
        return
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *missing]
    if os.geteuid() != 0:
        raise SetupError(
            f"system packages are missing: {' '.join(missing)}\nInstall them, then run make again:\n\n"
            f"    sudo apt-get update && sudo {shlex.join(install)}\n\n"
            "or go on without them (the window will not open) with: make SYSTEM_LIBRARIES=skip ..."
        )
    print(f"setup: installing the system packages {' '.join(missing)}", flush=True)
    for command in (["dpkg", "--configure", "-a"], ["apt-get", "update", "--quiet"], install):
        run_to_its_end(command)


def is_debian() -> bool:
    """Tell whether this system's packages are Debian's."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-query") is None:
        return False
    with contextlib.suppress(OSError):
        fields = dict(
            line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line
        )
        kin = f"{fields.get('ID', '')} {fields.get('ID_LIKE', '')}"
        return "debian" in kin or "ubuntu" in kin
    return False


def missing_packages(packages: Sequence[str]) -> list[str]:
    """Return those of the Debian packages that are not (wholly) installed."""
    needed = list(packages)
    if importlib.util.find_spec("ensurepip") is None and sys.base_prefix == "/usr":
        needed.append(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    query = ["dpkg-query", "--show", "--showformat=${Package} ${Status}\n", *needed]
    found = subprocess.run(query, capture_output=True, text=True, check=False).stdout.splitlines()
    installed = {line.split()[0] for line in found if line.endswith(" install ok installed")}
    return [package for package in needed if package not in installed]


def run_to_its_end(command: Sequence[str]) -> None:
    """Run a step of the package manager, which an interrupt must not cut in the middle."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True) as step:
        try:
            step.wait()
        except BaseException:
            print("setup: stopping when the package manager has finished this step", file=sys.stderr)
            step.wait()
            raise
    if step.returncode:
        raise SetupError(f"`{shlex.join(command)}` failed, see above; solve that, then run make again")


def ensure_environment() -> None:
    """Make `.venv/` unless the one there is whole, made for this checkout, interpreter and lock."""
    stamp = expected_stamp()
    if is_whole(ENVIRONMENT) and (ENVIRONMENT / STAMP).read_text() == stamp:
        return
    if importlib.util.find_spec("ensurepip") is None:
        raise SetupError(f"{sys.executable} lacks the module ensurepip, which makes virtual environments")
    if is_whole(ENVIRONMENT):
        remove(PREVIOUS)
        ENVIRONMENT.rename(PREVIOUS)
    try:
        remove(ENVIRONMENT)
        build()
        (ENVIRONMENT / STAMP).write_text(stamp)
    except BaseException:
        put_the_former_back()
        raise
    remove(PREVIOUS)


def put_the_former_back() -> None:
    """Undo what was begun, deaf to a second Ctrl-C."""
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        remove(ENVIRONMENT)
        if is_whole(PREVIOUS):
            PREVIOUS.rename(ENVIRONMENT)
    finally:
        signal.signal(signal.SIGINT, handler)


def expected_stamp() -> str:
    """Return what a whole environment was made from: its place, interpreter, packages and entry points."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    digest = hashlib.sha256(LOCK.read_bytes() + repr(project).encode()).hexdigest()
    return f"{ROOT}\n{sys.base_prefix} {sys.version}\n{digest}\n"


def is_whole(environment: Path) -> bool:
    """Tell whether an environment was finished and its interpreter still exists."""
    return (environment / STAMP).is_file() and interpreter(environment).exists()


def interpreter(environment: Path) -> Path:
    """Return the path of an environment's Python."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def remove(environment: Path) -> None:
    """Remove an environment, its stamp first: what is half removed must not look whole."""
    (environment / STAMP).unlink(missing_ok=True)
    if environment.exists():
        shutil.rmtree(environment)


def build() -> None:
    """Make the environment and put the pinned packages and this checkout into it."""
    print("setup: making .venv/ with the pinned packages (some 650 MB; a minute or so)", flush=True)
    step("making the virtual environment", [sys.executable, "-m", "venv", str(ENVIRONMENT)])
    pip = [str(interpreter(ENVIRONMENT)), "-I", "-m", "pip", "install", "--quiet", "--no-input", "--no-deps"]
    pip.append("--disable-pip-version-check")
    step("installing the pinned packages", [*pip, "--require-hashes", "--requirement", str(LOCK)])
    step("installing Benchwright", [*pip, "--no-build-isolation", "--editable", str(ROOT)])


def step(what: str, command: Sequence[str]) -> None:
    """Run one step of the build; its own messages go to the terminal."""
    hidden = ("PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    code = subprocess.run(command, env=environment, check=False).returncode
    if code:
        raise SetupError(f"{what} failed, see above; nothing half-done is left")


if __name__ == "__main__":
    sys.exit(main())
