"""`benchwright doctor`: looks an installation over; each finding says what to do about it."""

from argparse import Namespace

from benchwright.cli.checks import Check, Status
from benchwright.cli.console import Console, printable
from benchwright.cli.doctor_bench import bench_checks
from benchwright.cli.doctor_desktop import desktop_checks
from benchwright.cli.doctor_system import system_checks

_STYLES = {Status.OK: "green", Status.WARN: "yellow", Status.FAIL: "red"}


def doctor(arguments: Namespace) -> int:
    """Make all checks and show each as it is made; return 1 where something does not work."""
    console = Console()
    has_failed = False
    for checks in (system_checks(), desktop_checks(), bench_checks(arguments.data_dir, arguments.config)):
        for check in checks:
            has_failed |= check.status is Status.FAIL
            _show(console, check, arguments.json)
    if not arguments.json:
        console.note("something does not work" if has_failed else "all that is needed works")
    return 1 if has_failed else 0


def _show(console: Console, check: Check, as_json: bool) -> None:
    if as_json:
        content = {"status": check.status, "name": check.name, "message": check.message, "hint": check.hint}
        console.json({"event": "check", **content})
        return
    label = console.paint_out(f"{check.status:4}", _STYLES[check.status])
    console.out(f"{label}  {check.name:14}  {printable(check.message)}")
    if check.hint:
        console.out(f"{'':22}-> {check.hint}")
