"""The order in which a Linux worker's fences go up."""

from collections.abc import Sequence

from .descriptors import close_all_but
from .fences import Fences, Profile
from .landlock import fence_files
from .privileges import die_with_parent, drop_capabilities, forbid_new_privileges, show_files
from .rlimits import forbid_new_threads, limit_resources
from .seccomp import seal_system_calls


def confine_process(profile: Profile, keep: Sequence[int], parent_pid: int) -> Fences:
    """Put up all that needs a single thread: see `benchwright.worker.confinement.confine_process`."""
    fences = (
        close_all_but(keep),
        limit_resources(profile),
        drop_capabilities(),
        die_with_parent(parent_pid),
        forbid_new_privileges(),
        files := fence_files(profile),
    )
    if files.held and profile.language == "python":
        show_files()
    return Fences(fences)


def seal(profile: Profile, fences: Fences) -> Fences:
    """Put up what also closes the start-up's own doors: see `benchwright.worker.confinement.seal`."""
    if profile.language == "lua":
        forbid_new_threads()
    return fences.plus(seal_system_calls(profile))
