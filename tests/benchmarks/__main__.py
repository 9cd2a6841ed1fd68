"""Measures the figures of docs/performance.md: ``python -m tests.benchmarks [NAME...]`` prints JSON lines."""

import importlib
import os
import platform
import re
import sys

from tests.benchmarks.figure import Figure, rounded

PAGES = ("engines", "calls", "runs", "scan", "rows", "estop", "library", "history", "window")


def main(names: list[str]) -> int:
    """Measure the named pages, all of them without a name."""
    unknown = [name for name in names if name not in PAGES]
    if unknown:
        print(f"no benchmark {unknown[0]!r}; there is {', '.join(PAGES)}", file=sys.stderr)
        return 2
    about = {"python": platform.python_version(), "system": platform.platform()}
    print(Figure("cores", os.cpu_count() or 0, "", detail={**about}).json(), flush=True)
    figures: list[Figure] = []
    for name in names or PAGES:
        for figure in importlib.import_module(f"tests.benchmarks.{name}").measure():
            print(figure.json(), flush=True)
            figures.append(figure)
    print(side_by_side(figures), file=sys.stderr)
    return 0


def side_by_side(figures: list[Figure]) -> str:
    """Return the figures that both languages have as a table for people."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for figure in figures:
        words = re.split(r",? (lua|python)\b", figure.name)
        if len(words) == 3:
            found.setdefault((words[0] + words[2], figure.unit), {})[words[1]] = figure.value
    rows = [
        f"{name:50} {rounded(values['lua']):>10} {rounded(values['python']):>10}  {unit}"
        for (name, unit), values in found.items()
        if len(values) == 2
    ]
    return "\n".join(["", f"{'':50} {'Lua':>10} {'Python':>10}", *rows]) if rows else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
