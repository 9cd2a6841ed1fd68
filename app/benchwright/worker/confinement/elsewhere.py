"""Systems with no confinement of ours: says so."""

import sys
from collections.abc import Sequence

from .fences import Fence, Fences, Profile


def confine_process(profile: Profile, keep: Sequence[int], parent_pid: int) -> Fences:
    """Report that nothing holds here: see `benchwright.worker.confinement.confine_process`."""
    del profile, keep, parent_pid
    return Fences((Fence("confinement", False, f"none is known for {sys.platform}"),))


def seal(profile: Profile, fences: Fences) -> Fences:
    """Nothing to close."""
    del profile
    return fences
