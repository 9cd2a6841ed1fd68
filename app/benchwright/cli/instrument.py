"""`benchwright instrument`: shows the instruments of a bench and calls them by hand."""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchwright.cli.command import Command, Parser, add_config, add_data_dir, add_json, data_folder
from benchwright.cli.console import Console, printable, shown_value, table

if TYPE_CHECKING:
    from benchwright.bench.operators.client import BenchClient
    from benchwright.core.descriptors import InstrumentDescriptor, MethodDescriptor, ParameterDescriptor
    from benchwright.core.values import Value


def _add_list_arguments(parser: Parser) -> None:
    add_config(parser)
    add_data_dir(parser)
    add_json(parser)


def _add_describe_arguments(parser: Parser) -> None:
    parser.add_argument("name", metavar="NAME", help="an instrument of the bench")
    _add_list_arguments(parser)


def _add_call_arguments(parser: Parser) -> None:
    parser.add_argument("name", metavar="NAME", help="an instrument of the bench")
    parser.add_argument("method", metavar="METHOD", help="see: benchwright instrument describe NAME")
    parser.add_argument(
        "arguments",
        metavar="ARG",
        nargs="*",
        help="number, true, false, text, NAME=VALUE, or JSON: a list, a map, a text in quotes",
    )
    _add_list_arguments(parser)


def _add_new_arguments(parser: Parser) -> None:
    parser.add_argument(
        "folder", metavar="FOLDER", type=Path, help="a new folder, called as the instrument: acme_sh1"
    )
    add_json(parser)


def _add_scan_arguments(parser: Parser) -> None:
    parser.add_argument(
        "--visa-library", metavar="L", default="@py", help="where to look for VISA resources (default: @py)"
    )
    parser.add_argument("--no-visa", action="store_true", help="look for serial ports only, which is quick")
    add_json(parser)


# --- list and describe: nothing is opened or started -------------------------------------------------------


def _list(arguments: Namespace) -> int:
    console = Console()
    instruments = [
        {"name": d.name, "driver": d.driver, "link": link, "state": state}
        for d, link, state in _known_instruments(arguments)
    ]
    if arguments.json:
        console.json(*({"event": "instrument", **each} for each in instruments))
    else:
        console.out("\n".join(table(instruments, ("Name", "Driver", "Link", "State"))))
    return 0


def _describe(arguments: Namespace) -> int:
    from benchwright.core.errors import UnknownNameError

    found = {descriptor.name: descriptor for descriptor, _, _ in _known_instruments(arguments)}
    if arguments.name not in found:
        raise UnknownNameError("instrument", arguments.name, found)
    console = Console()
    descriptor = found[arguments.name]
    if arguments.json:
        import msgspec

        console.json({"event": "instrument_description", **msgspec.to_builtins(descriptor)})
    else:
        console.out("\n".join(description(descriptor, console)))
    return 0


def _known_instruments(arguments: Namespace) -> "list[tuple[InstrumentDescriptor, str, str]]":
    """Return descriptor, link and state of each: from the bench that runs, else from the configuration."""
    import msgspec

    from benchwright.bench.operators.client import BenchClient
    from benchwright.bench.safety.estop import load_config
    from benchwright.core.descriptors import InstrumentDescriptor
    from benchwright.core.errors import BenchUnavailable
    from benchwright.core.operator_messages import DescribeInstruments

    if arguments.config is None:
        try:
            with BenchClient.connect(data_folder(arguments)) as client:
                answer: Any = client.request(DescribeInstruments())
        except BenchUnavailable:
            pass
        else:
            return [
                (msgspec.convert(each["descriptor"], InstrumentDescriptor), each["link"], each["state"])
                for each in answer
            ]
    config = load_config(arguments.config, data_folder(arguments))
    return [(d, config.instruments[name].link, "closed") for name, d in config.describe().items()]


def description(descriptor: "InstrumentDescriptor", console: Console) -> list[str]:
    """Return what an instrument can do, as lines for a person."""
    made = " ".join(part for part in (descriptor.maker, descriptor.model) if part)
    lines = [f"{descriptor.name}: {made or descriptor.driver} (driver {descriptor.driver})", descriptor.help]
    for method in descriptor.methods:
        signature = f"{method.name}({', '.join(map(_short, method.parameters))}){_result(method)}"
        lines += ["", f"  {console.paint_out(signature, 'bold')}", f"      {method.help}"]
        for parameter in method.parameters:
            note = f"; {parameter.help}" if parameter.help else ""
            lines.append(f"      {parameter.name}: {parameter.allowed()}{note}")
        if method.permission != _usual_permission(method):
            lines.append(f"      needs the permission {method.permission}")
    return lines


def _short(parameter: "ParameterDescriptor") -> str:
    import json

    return parameter.name if parameter.required else f"{parameter.name}={json.dumps(parameter.default)}"


def _result(method: "MethodDescriptor") -> str:
    unit = f" in {method.unit}" if method.unit else ""
    return f" -> {method.result}{unit}" if method.result else ""


def _usual_permission(method: "MethodDescriptor") -> str:
    return "device:read" if method.kind == "query" else "device:control"


# --- call -------------------------------------------------------------------------------------------------


def _call(arguments: Namespace) -> int:
    from benchwright.bench.operators.launch import attach
    from benchwright.core.operator_messages import CallInstrument

    args, kwargs = parse_call_arguments(arguments.arguments)
    request = CallInstrument(name=arguments.name, method=arguments.method, args=args, kwargs=kwargs)
    console = Console()
    with attach(data_folder(arguments), arguments.config) as client:
        try:
            value = client.request(request, timeout_s=None)  # a motion may take long
        except KeyboardInterrupt:
            _halt(client, arguments.name, arguments.method, console)
            raise
    if arguments.json:
        console.json({"event": "value", "name": arguments.name, "method": arguments.method, "value": value})
    elif value is not None:
        console.out(printable(shown_value(value)))
    return 0


def _halt(client: "BenchClient", name: str, method: str, console: Console) -> None:
    """Stop what an interrupted call set in motion, where the instrument knows how to."""
    from benchwright.core.errors import BenchwrightError
    from benchwright.core.operator_messages import CallInstrument, DescribeInstruments

    try:
        known: Any = client.request(DescribeInstruments())
        methods = {
            each["name"]: each
            for instrument in known
            if instrument["descriptor"]["name"] == name
            for each in instrument["descriptor"]["methods"]
        }
        if methods[method]["kind"] == "command" and methods[method]["waits"] and "stop" in methods:
            client.request(CallInstrument(name=name, method="stop"))
            console.note(f"{name} is stopped")
    except BenchwrightError as error:
        console.note(f"{name} could not be stopped: {error.message}")


def parse_call_arguments(texts: list[str]) -> "tuple[list[Value], dict[str, Value]]":
    """Return the positional and the named values that a person typed.

    Raises:
        UsageError: a positional value follows a named one, or a name comes twice.
    """
    from benchwright.cli.command import UsageError

    args: list[Value] = []
    kwargs: dict[str, Value] = {}
    for text in texts:
        name, equals, value = text.strip().partition("=")
        if equals and name.isidentifier():
            if name in kwargs:
                raise UsageError(f"{name} is given twice")
            kwargs[name] = parse_value(value)
        elif kwargs:
            raise UsageError(f"{text!r} has no name and follows an argument that has one")
        else:
            args.append(parse_value(text.strip()))
    return args, kwargs


def parse_value(text: str) -> "Value":
    """Return the number, truth value, list, map or text that a person typed; text needs no quotes."""
    import json

    if text[:1] in ("[", "{", '"'):
        try:
            value: Value = json.loads(text)
        except ValueError:
            return text
        return value
    words: dict[str, Value] = {"true": True, "false": False, "null": None, "nil": None}
    if text.lower() in words:
        return words[text.lower()]
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            continue
    return text


# --- scan -------------------------------------------------------------------------------------------------


def _scan(arguments: Namespace) -> int:
    from benchwright.cli.instrument_scan import scan

    return scan(arguments)


def _new(arguments: Namespace) -> int:
    from benchwright.cli.instrument_new import new_driver

    return new_driver(arguments)


COMMANDS: Final = (
    Command(
        "list",
        "list the instruments of the bench",
        _add_list_arguments,
        _list,
        ("benchwright instrument list", "benchwright instrument list --config bench.toml --json"),
    ),
    Command(
        "scan",
        "look for serial ports and VISA resources on this computer",
        _add_scan_arguments,
        _scan,
        ("benchwright instrument scan",),
    ),
    Command(
        "describe",
        "show what an instrument can do; nothing is opened",
        _add_describe_arguments,
        _describe,
        ("benchwright instrument describe esp300",),
    ),
    Command(
        "call",
        "call a method of an instrument",
        _add_call_arguments,
        _call,
        (
            "benchwright instrument call newport read_power",
            "benchwright instrument call esp300 move_absolute 45 wait=false",
        ),
    ),
    Command(
        "new",
        "write a driver of your own to start from, with its simulator",
        _add_new_arguments,
        _new,
        ("benchwright instrument new ./acme_sh1",),
    ),
)
