"""Puppets of an ordinary user: importing this in a zygote that runs as root makes the zygote nobody."""

import os

from tests.worker.puppets import be_puppet

NOBODY = 65534

os.setgroups([])
os.setgid(NOBODY)
os.setuid(NOBODY)

__all__ = ["be_puppet"]
