"""The bundle's `benchwright-window`: the window, with the scripts that are named."""

import sys

from benchwright.gui.application import run_application

sys.exit(run_application(sys.argv[1:]))
