"""The worker of a probe on a kernel without Landlock: importing this makes the confinement see none."""

from benchwright.worker.confinement import landlock
from benchwright.worker.launching.probe import report_fences

landlock.supported_abi = lambda: 0

__all__ = ["report_fences"]
