"""Benchwright: an IDE for scripting laboratory instruments.

The public names live in `benchwright.api` and are imported on first use: the command line, the workers and
the emergency stop start through this package too and must not pay for them.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchwright.api import *  # noqa: F403

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name.startswith("_"):
        raise AttributeError(f"module 'benchwright' has no attribute {name!r}")
    from benchwright import api

    try:
        return getattr(api, name)
    except AttributeError:
        raise AttributeError(f"module 'benchwright' has no attribute {name!r}") from None
