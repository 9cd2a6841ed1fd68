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
    if arguments[0] == "--window":  # how `benchwright open` becomes the window: WINDOW_SWITCH
        return _open_window(arguments[1:])
    if arguments[0] == "--worker-process":  # how a frozen executable starts its own workers: WORKER_SWITCH
        from benchwright.worker.launching import run_worker_process

        run_worker_process(arguments[1:])
    if arguments[0] == "--search-process":  # how the editor searches what may take long: SEARCH_SWITCH
        from benchwright.gui.widgets.text_search import main as run_search

        run_search()
        return 0
    from benchwright.cli.leaving import leaving_at_once

    with leaving_at_once():
        from benchwright.cli.main import main as run_command

    return run_command(arguments)


def _open_window(files: Sequence[str] = ()) -> int:
    from benchwright.core.program import become_window, is_bundled

    if is_bundled():  # this program of the bundle has no Qt
        return become_window(*files)
    try:
        from benchwright.gui.application import run_application
    except ImportError as error:
        if not (error.name or "").startswith(("PySide6", "shiboken6")) and "Qt" not in str(error):
            raise
        print(f"The window needs PySide6 ({error}): pip install 'benchwright[gui]'.", file=sys.stderr)
        print("The command line works without it: benchwright --help.", file=sys.stderr)
        return 2
    return run_application(files)


if __name__ == "__main__":
    sys.exit(main())
