"""What holds for every test: a private home, no leaks, no unexpected warnings in the log."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # without a display Qt ends the whole process
