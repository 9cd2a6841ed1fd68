"""Benchwright: an IDE for scripting laboratory instruments.

The public names live in `benchwright.api` and are imported on first use: the command line, the workers and
the emergency stop start through this package too and must not pay for them.
"""

from importlib import import_module

TYPE_CHECKING = False  # as in `typing`, whose import costs more than all else here
if TYPE_CHECKING:
    from benchwright.api import *  # noqa: F403

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    # `from benchwright import api` would ask this very function for `api`, without end.
    if not name.startswith("_"):
        api = import_module("benchwright.api")
        if name in getattr(api, "__all__", ()):
            return getattr(api, name)
    raise AttributeError(f"module 'benchwright' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *import_module("benchwright.api").__all__})
