"""Builds the bundle in dist/: PyInstaller's folder, its entry for the menu, the archive (`make bundle`)."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchwright import __version__

ROOT: Final = Path(__file__).resolve().parents[1]
DIST: Final = ROOT / "dist"
BUNDLE: Final = DIST / "benchwright"
LINUX: Final = ROOT / "packaging" / "linux"
LIMIT_BYTES: Final = 220_000_000
# Shared objects with symbols for debuggers, a tenth of the bundle. Those of numpy keep theirs: its library of
# linear algebra does not load without.
STRIPPED: Final = re.compile(r"libpython3[\w.]*\.so[\w.]*|python3\.\d+/lib-dynload/.*\.so|h5py/[^/]*\.so")


def main() -> None:
    """Build everything that this system can build."""
    began_s = time.monotonic()
    for former in DIST.glob("benchwright-*.tar.xz"):
        former.unlink()  # a build that fails must not leave an archive that looks like its own
    freeze()
    if sys.platform == "linux":
        strip_symbols()
        add_menu_entry()
    size = size_of(BUNDLE)
    print(f"bundle: {BUNDLE} takes {size / 1e6:.0f} MB, built in {time.monotonic() - began_s:.0f} s")
    if size > LIMIT_BYTES:
        sys.exit(f"bundle: that is more than {LIMIT_BYTES / 1e6:.0f} MB")
    if sys.platform == "linux":
        archive = pack()
        print(f"bundle: {archive} takes {archive.stat().st_size / 1e6:.0f} MB")


def freeze() -> None:
    """Let PyInstaller put the programs together."""
    work = ROOT / "build" / "bundle"
    run(sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level=ERROR", f"--distpath={DIST}",
        f"--workpath={work}", str(ROOT / "packaging" / "benchwright.spec"))  # fmt: skip


def strip_symbols() -> None:
    """Take the symbols for debuggers out of what works without them."""
    inside = BUNDLE / "_internal"
    places = (path.relative_to(inside).as_posix() for path in inside.rglob("*.so*") if not path.is_symlink())
    run("strip", "--strip-unneeded", *(str(inside / place) for place in places if STRIPPED.fullmatch(place)))


def add_menu_entry() -> None:
    """Put beside the programs what makes them known to the desktop, once it is in order."""
    entry, metainfo = LINUX / "benchwright.desktop", LINUX / "org.benchwright.Benchwright.metainfo.xml"
    run_if_there("desktop-file-validate", str(entry))
    run_if_there("appstreamcli", "validate", "--no-net", str(metainfo))
    share = BUNDLE / "share"
    share.mkdir()
    for file in (entry, metainfo, ROOT / "resources" / "icons" / "benchwright.svg"):
        shutil.copy(file, share)
    shutil.copy(LINUX / "install.sh", BUNDLE)
    shutil.copy(ROOT / "LICENSE", BUNDLE)


def pack() -> Path:
    """Write the archive, the same for the same content, with all in one folder."""
    import platform

    name = f"benchwright-{__version__}-linux-{platform.machine()}"
    archive = DIST / f"{name}.tar.xz"

    def anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = "root"
        return member

    packed = archive.with_suffix(".part")
    with (
        packed.open("wb") as out,
        subprocess.Popen(["xz", "-T0"], stdin=subprocess.PIPE, stdout=out) as xz,
    ):
        with tarfile.open(fileobj=xz.stdin, mode="w|") as file:
            file.add(BUNDLE, name, filter=anonymous)
        assert xz.stdin is not None
        xz.stdin.close()
    if xz.returncode:
        sys.exit("bundle: `xz` failed, see above")
    return packed.rename(archive)


def size_of(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def run(*command: str) -> None:
    """Run a step, whose messages go to the terminal; its failure is the end."""
    code = subprocess.run(command, cwd=ROOT, env=_environment(), check=False).returncode
    if code:
        sys.exit(f"bundle: `{command[0]}` failed, see above")


def run_if_there(*command: str) -> None:
    """Run a check that this system may lack; `make bundle` installs it on Debian."""
    if shutil.which(command[0]):
        run(*command)
    else:
        print(f"bundle: not checked, there is no {command[0]}: {Path(command[-1]).name}", file=sys.stderr)


def _environment() -> dict[str, str]:
    hidden: Sequence[str] = ("PYTHONPATH", "PYTHONHOME", "PYTHONOPTIMIZE")
    return {name: value for name, value in os.environ.items() if name not in hidden}


if __name__ == "__main__":
    main()
