"""What an optional part of Benchwright needs, and what to type where it is not installed."""

import sys
from importlib.util import find_spec

from benchwright.core.errors import ConfigurationError


def need_extra(extra: str, purpose: str, *modules: str) -> None:
    """Make sure that modules are there; imports none of them.

    Args:
        extra: of the distribution, such as ``epics``.
        purpose: what it is for, as the start of a sentence.
        modules: that it brings.

    Raises:
        ConfigurationError: one is missing.
    """
    if not all(_is_there(module) for module in modules):
        raise ConfigurationError(
            f"{purpose} is not installed; type: {sys.executable} -m pip install 'benchwright[{extra}]'"
        )


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ValueError:  # it was kept from being imported
        return False
