"""Runs Benchwright as a user without privileges, for a test suite that runs as root."""

import os
import shutil
import sys
from pathlib import Path

NOBODY = 65534
_BECOME = f"exec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups"
# The interpreter may lie where nobody else may look, such as in root's home: in a mount namespace of its own,
# that folder is replaced by an empty one that anybody may pass, with nothing but the interpreter in it.
_ENTER = f"""
mount --bind "$2" /mnt && mount -t tmpfs -o mode=755 none "$1" && mkdir -p "$2" && mount --move /mnt "$2"
shift 2
{_BECOME} "$@"
"""


def can_be_ordinary() -> bool:
    """Tell whether this process may start others as another user, with the interpreter in their reach."""
    tools = ("unshare", "nsenter", "setpriv", "mount")
    return sys.platform == "linux" and os.geteuid() == 0 and all(map(shutil.which, tools))


def as_ordinary_user() -> list[str]:
    """Return what goes before a command, so that it runs as nobody; its process stays the same one."""
    interpreter = Path(sys.executable).resolve().parents[1]
    hidden = [folder for folder in reversed(interpreter.parents) if not folder.stat().st_mode & 0o001]
    if not hidden:
        return ["sh", "-c", f'{_BECOME} "$@"', "sh"]
    return ["unshare", "--mount", "sh", "-ec", _ENTER, "sh", str(hidden[0]), str(interpreter)]


def beside(pid: int) -> list[str]:
    """Return what goes before a command, so that it runs as nobody, in the surroundings of his process."""
    user = f"--setuid={NOBODY}", f"--setgid={NOBODY}"
    return ["nsenter", f"--target={pid}", "--mount", *user, "--"]


def make_theirs(folder: Path) -> None:
    """Give a folder and what is in it to nobody."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
