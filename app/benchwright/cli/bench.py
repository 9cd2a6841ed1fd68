"""The commands about the bench as a whole: stop it, serve it, simulate it, look it over."""

from argparse import SUPPRESS, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchwright.cli.command import (
    Command,
    Parser,
    UsageError,
    add_config,
    add_data_dir,
    add_json,
    data_dir_option,
    data_folder,
)
from benchwright.cli.console import Console, printable

if TYPE_CHECKING:
    from benchwright.bench.application import BenchApplication
    from benchwright.bench.safety.safety_line import SafetyReply

_SOURCE: Final = "command line"


def _add_estop_arguments(parser: Parser) -> None:
    parser.add_argument("--reset", action="store_true", help="release the latch; nothing starts by itself")
    _add_common(parser)


def _add_common(parser: Parser) -> None:
    add_config(parser)
    add_data_dir(parser)
    add_json(parser)


def _add_serve_arguments(parser: Parser) -> None:
    parser.add_argument("--child", action="store_true", help=SUPPRESS)  # see operators/launch.py
    parser.add_argument(
        "--epics", action="store_true", help="publish it as process variables of EPICS, see docs/epics.md"
    )
    _add_common(parser)


# --- the emergency stop: nothing that takes long to import -------------------------------------------------


def _estop(arguments: Namespace) -> int:
    import time

    from benchwright.bench.data_folder import DataFolder
    from benchwright.bench.safety.estop import emergency_stop

    folder = DataFolder.at(arguments.data_dir)  # a full disk or a folder of somebody else is no obstacle
    console = Console()
    if arguments.reset:
        return _reset(arguments, console)
    began_s = time.monotonic()
    acknowledged = False

    def on_acknowledged() -> None:
        nonlocal acknowledged
        acknowledged = True
        took_s = time.monotonic() - began_s
        if arguments.json:
            _write_json(console, {"event": "acknowledged", "duration_s": took_s})
        else:
            console.out(f"emergency stop acknowledged ({took_s * 1000:.0f} ms)")

    reply = emergency_stop(folder, arguments.config, _SOURCE, on_acknowledged)
    if not reply.by_bench and not arguments.json:
        failed = "the bench did not report" if acknowledged else "no bench answered"
        console.out(f"{failed}: the instruments were opened and stopped without it")
    exit_code = _show_reply(reply, console, arguments.json, event="emergency", latched=not reply.unlatched)
    if reply.unlatched:
        console.note(f"error: the stop is not latched, and the next command may act: {reply.unlatched}")
        return 1
    if not arguments.json:
        console.note(f"nothing acts until it is reset: benchwright estop --reset{data_dir_option(folder)}")
    return exit_code


def _reset(arguments: Namespace, console: Console) -> int:
    from benchwright.bench.safety.estop import reset
    from benchwright.bench.safety.safety_line import BenchSilent

    folder = data_folder(arguments)
    try:
        reset(folder, _SOURCE)
    except BenchSilent:
        from benchwright.core.errors import BenchUnavailable

        raise BenchUnavailable(f"the bench on {folder.path} does not answer") from None
    if arguments.json:
        _write_json(console, {"event": "emergency", "latched": False, "source": _SOURCE, "instruments": []})
    else:
        console.out("the emergency stop is reset")
    return 0


def _safe_state(arguments: Namespace) -> int:
    from benchwright.bench.data_folder import DataFolder
    from benchwright.bench.safety.estop import configs_to_stop, load_config, safe_state

    folder = DataFolder.at(arguments.data_dir)
    if arguments.config is not None:
        configs = [load_config(arguments.config, folder)]
    else:
        configs = configs_to_stop(folder, None)
    console = Console()
    if (pid := folder.bench_pid()) is not None:
        hint = "what it holds open is stopped by: benchwright estop"
        console.note(f"{console.paint('warning:', 'yellow')} a bench (process {pid}) runs here; {hint}")
    reply = safe_state(folder, configs)
    return _show_reply(reply, console, arguments.json, event="safe_state", latched=False)


def _show_reply(reply: "SafetyReply", console: Console, as_json: bool, *, event: str, latched: bool) -> int:
    """Show what became of each instrument; return 1 where one is not known to be safe."""
    styles = {"safe": "green", "unknown": "yellow"}
    if as_json:
        report = {"event": event, "latched": latched, "source": _SOURCE, "instruments": reply.instruments}
        _write_json(console, report)
    for each in () if as_json else reply.instruments:
        outcome = console.paint_out(f"{each['outcome']:7}", styles.get(each["outcome"], "red"))
        took = f"{each['duration_s'] * 1000:4.0f} ms"
        console.out(f"  {each['name']:16}  {outcome}  {took}  {printable(each['message'])}".rstrip())
    return 0 if all(each["outcome"] == "safe" for each in reply.instruments) else 1


def _write_json(console: Console, content: dict[str, Any]) -> None:
    import json

    console.json_lines([json.dumps(content).encode()])


# --- the window -------------------------------------------------------------------------------------------


def _add_open_arguments(parser: Parser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="a script, or any text")


def _open(arguments: Namespace) -> int:
    from benchwright.core.program import become_window

    missing = [file for file in arguments.files if not file.is_file()]
    if missing:
        raise UsageError(f"there is no file {str(missing[0])!r}")
    return become_window(*(str(file.absolute()) for file in arguments.files))


# --- serve, simulate, doctor ------------------------------------------------------------------------------


def _serve(arguments: Namespace) -> int:
    from benchwright.bench.application import serve

    console = Console()

    def on_ready(bench: "BenchApplication") -> None:
        epics = bench.epics and {"prefix": bench.epics.prefix, "address": bench.epics.address}
        if arguments.json:
            ready = {"event": "bench_ready", "name": bench.config.name, "data_dir": str(bench.folder.path)}
            _write_json(console, {**ready, "epics": epics} if epics else ready)
            return
        console.note(f"{bench.config.name}: serving {bench.folder.path}; Ctrl-C ends it")
        if epics:
            console.note(f"process variables {epics['prefix']}* at {epics['address']}")

    return serve(
        data_folder(arguments),
        arguments.config,
        child=arguments.child,
        epics=arguments.epics,
        on_ready=on_ready,
    )


def _add_simulate_arguments(parser: Parser) -> None:
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of noise and faults (default: 0)")
    parser.add_argument(
        "--fault",
        metavar="NAME:KIND=P,...",
        action="append",
        default=[],
        help="spoil replies: latency=SECONDS; garbage, partial, silence, disconnect=PROBABILITY or every:N",
    )
    parser.add_argument(
        "--driver",
        metavar="FOLDER",
        help="serve the simulator of a driver of your own instead",
    )
    parser.add_argument("--port-base", metavar="PORT", type=int, help="use PORT and the ports after it")
    add_json(parser)


def _simulate(arguments: Namespace) -> int:
    from benchwright.cli.simulate import simulate

    return simulate(arguments)


def _doctor(arguments: Namespace) -> int:
    from benchwright.cli.doctor import doctor

    return doctor(arguments)


COMMANDS: Final = (
    Command(
        "estop",
        "EMERGENCY STOP: stop everything on the bench at once",
        _add_estop_arguments,
        _estop,
        ("benchwright estop", "benchwright estop --reset"),
    ),
    Command(
        "safe-state",
        "open all instruments and put them in their safe state, without a bench",
        _add_common,
        _safe_state,
        ("benchwright safe-state --config bench.toml",),
    ),
    Command(
        "serve",
        "run a bench until Ctrl-C; desks and commands attach to it",
        _add_serve_arguments,
        _serve,
        ("benchwright serve --config bench.toml", "benchwright serve --epics"),
    ),
    Command(
        "simulate",
        "serve the virtual bench until Ctrl-C, for any program",
        _add_simulate_arguments,
        _simulate,
        (
            "benchwright simulate",
            "benchwright simulate --fault newport:garbage=0.05,silence=every:20",
            "benchwright simulate --driver ./acme_sh1 --port-base 5000",
        ),
    ),
    Command(
        "doctor",
        "look this installation over and say what to do",
        _add_common,
        _doctor,
        ("benchwright doctor",),
    ),
    Command(
        "open",
        "show scripts in the window; none is run",
        _add_open_arguments,
        _open,
        ("benchwright open scan.lua",),
    ),
)
