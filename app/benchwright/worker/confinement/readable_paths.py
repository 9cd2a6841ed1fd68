"""Where the running Python finds its library, packages, shared objects and time zones (POSIX)."""

import sys
from pathlib import Path

_SYSTEM_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache")
_SYSTEM_DATA = ("/usr/share/zoneinfo", "/etc/localtime", "/dev/urandom")
_BELOW_A_PREFIX = ("lib", "lib64", "share/zoneinfo")


def python_paths() -> tuple[str, ...]:
    """Return what a Python script reads to import and run its libraries; some of it may not exist."""
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    below = [str(Path(prefix, name)) for prefix in prefixes for name in _BELOW_A_PREFIX]
    bundle = [sys._MEIPASS, sys.executable] if hasattr(sys, "_MEIPASS") else []  # it holds the modules itself
    everything = [*_SYSTEM_LIBRARIES, *_SYSTEM_DATA, *below, *bundle, *sys.path]
    return tuple(dict.fromkeys(path for path in everything if Path(path).is_absolute()))
