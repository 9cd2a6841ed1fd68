"""Measures the figures of docs/performance.md: ``python -m tests.benchmarks [NAME...]`` prints JSON lines."""

import importlib
import os
import platform
import sys

from tests.benchmarks.figure import Figure

PAGES = ("engines", "calls", "runs", "scan", "rows", "estop")


def main(names: list[str]) -> int:
    """Measure the named pages, all of them without a name."""
    unknown = [name for name in names if name not in PAGES]
    if unknown:
        print(f"no benchmark {unknown[0]!r}; there is {', '.join(PAGES)}", file=sys.stderr)
        return 2
    about = {"python": platform.python_version(), "system": platform.platform()}
    print(Figure("cores", os.cpu_count() or 0, "", detail={**about}).json(), flush=True)
    for name in names or PAGES:
        for figure in importlib.import_module(f"tests.benchmarks.{name}").measure():
            print(figure.json(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
