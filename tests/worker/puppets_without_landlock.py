"""Puppets on a kernel without Landlock: importing this makes the confinement see none."""

from benchwright.worker.confinement import landlock
from tests.worker.puppets import be_puppet

landlock.supported_abi = lambda: 0

__all__ = ["be_puppet"]
