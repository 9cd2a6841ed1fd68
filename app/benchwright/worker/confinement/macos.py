"""Best effort on macOS: resource limits and a Seatbelt profile. Written from the manual, never tried."""

import ctypes
import json
from collections.abc import Sequence

from .descriptors import close_all_but
from .fences import Fence, Fences, Profile
from .readable_paths import python_paths
from .rlimits import limit_resources

_ALWAYS = "(version 1)(deny default)(allow file-read-metadata)(allow sysctl-read)(allow signal (target self))"
_LIBRARIES = ("/System", "/usr/lib", "/usr/share", "/dev/null", "/dev/urandom", "/opt/homebrew/lib")


def confine_process(profile: Profile, keep: Sequence[int], parent_pid: int) -> Fences:
    """Put up what macOS has: see `benchwright.worker.confinement.confine_process`."""
    del parent_pid  # macOS cannot tie a process to its parent: the worker leaves when its channel closes
    return Fences((close_all_but(keep), limit_resources(profile), _enter_seatbelt(profile)))


def seal(profile: Profile, fences: Fences) -> Fences:
    """Nothing is left to close: Seatbelt holds for all threads from the start."""
    del profile
    return fences


def _enter_seatbelt(profile: Profile) -> Fence:
    try:
        system = ctypes.CDLL("/usr/lib/libSystem.dylib")
        message = ctypes.c_char_p()
        refused = system.sandbox_init(
            _seatbelt_rules(profile).encode(), ctypes.c_uint64(0), ctypes.byref(message)
        )
    except (OSError, AttributeError) as error:
        return Fence("seatbelt", False, f"not available: {error}")
    if refused:
        return Fence("seatbelt", False, (message.value or b"refused").decode(errors="replace"))
    return Fence("seatbelt", True, "files, network, processes")


def _seatbelt_rules(profile: Profile) -> str:
    if profile.language == "lua":
        return _ALWAYS
    readable = " ".join(_below(path) for path in (*_LIBRARIES, *python_paths(), *profile.readable_dirs))
    scratch = _below(profile.scratch_dir)
    return f"{_ALWAYS}(allow file-read* {readable} {scratch})(allow file-write* {scratch})"


def _below(path: str) -> str:
    return f"(subpath {json.dumps(path, ensure_ascii=False)})"
