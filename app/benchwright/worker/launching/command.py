"""How a worker process is started from the command line: from source, installed, or from an executable."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NoReturn

from benchwright.core.program import is_bundled, program_command

# A frozen executable with this as its first argument does nothing but `run_worker_process` with the rest.
WORKER_SWITCH = "--worker-process"

_SOURCE_ROOT = str(Path(__file__).parents[3])
_BOOTSTRAP = (
    "import sys; sys.path[:0] = [p for p in {path!r} if p not in sys.path];"
    " from benchwright.worker.launching.command import run_worker_process; run_worker_process(sys.argv[1:])"
)
# What the interpreter may need to start at all, and the time zone that a script's clock shows.
_KEPT_VARIABLES = ("TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TMP")


def worker_command(
    kind: Literal["zygote", "spare"], *arguments: str, search_path: Sequence[str] = ()
) -> list[str]:
    """Return the command line of a worker process of `kind`.

    Args:
        kind: What the process becomes.
        arguments: Its arguments.
        search_path: Folders to import from besides the package's own.
    """
    if is_bundled():
        return program_command(WORKER_SWITCH, kind, *arguments)
    bootstrap = _BOOTSTRAP.format(path=[_SOURCE_ROOT, *search_path])
    return [_interpreter(), "-I", "-B", "-X", "utf8", "-c", bootstrap, kind, *arguments]


def worker_environment() -> dict[str, str]:
    """Return the environment of a worker process, made from scratch."""
    environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    # One thread per numerical library and one malloc arena: each further one reserves 64 MB of address space.
    environment |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    environment |= {"MALLOC_ARENA_MAX": "1", "LANG": "C.UTF-8"}
    if sys.platform == "win32":
        environment["__PYVENV_LAUNCHER__"] = sys.executable
    return environment


def run_worker_process(arguments: Sequence[str]) -> NoReturn:
    """Be the worker process that `worker_command` asked for."""
    kind, *rest = arguments
    if kind == "zygote":
        from .zygote import main
    else:
        from .spare_child import main
    main(rest)


def _interpreter() -> str:
    # python.exe of a Windows virtual environment only starts the real one, and would be a second process.
    return (
        str(getattr(sys, "_base_executable", sys.executable)) if sys.platform == "win32" else sys.executable
    )
