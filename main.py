"""Runs Benchwright from a source checkout: `python main.py ...` is the same as `benchwright ...`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "app"))

from benchwright.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
