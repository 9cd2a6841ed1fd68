"""The one way into the program: the window without arguments, the command line with them."""

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Start the window or the command line, importing only the one that is asked for.

    Args:
        argv: the arguments after the program's name; those of the process when not given.

    Returns:
        The exit code of the process.
    """
    arguments = sys.argv[1:] if argv is None else list(argv)
    if not arguments:
        return _open_window()
    if arguments[0] == "--worker-process":  # how a frozen executable starts its own workers: WORKER_SWITCH
        from benchwright.worker.launching import run_worker_process

        run_worker_process(arguments[1:])
    from benchwright.cli.main import main as run_command

    return run_command(arguments)


def _open_window() -> int:
    print("This build has no window: see `benchwright --help` for the command line.", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
