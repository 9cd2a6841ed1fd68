"""`benchwright instrument list` and `describe`: what instruments there are; nothing is opened or started."""

import json
from argparse import Namespace
from typing import Any

import msgspec

from benchwright.bench.operators.client import BenchClient
from benchwright.bench.safety.estop import load_config
from benchwright.cli.command import data_folder
from benchwright.cli.console import Console, table
from benchwright.core.descriptors import InstrumentDescriptor, MethodDescriptor, ParameterDescriptor
from benchwright.core.errors import BenchUnavailable, UnknownNameError
from benchwright.core.operator_messages import DescribeInstruments


def list_all(arguments: Namespace) -> int:
    """Show the instruments; return the exit code."""
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


def describe(arguments: Namespace) -> int:
    """Show what one instrument can do; return the exit code.

    Raises:
        UnknownNameError: there is none of that name.
    """
    found = {descriptor.name: descriptor for descriptor, _, _ in _known_instruments(arguments)}
    if arguments.name not in found:
        raise UnknownNameError("instrument", arguments.name, found)
    console = Console()
    descriptor = found[arguments.name]
    if arguments.json:
        console.json({"event": "instrument_description", **msgspec.to_builtins(descriptor)})
    else:
        console.out("\n".join(_description(descriptor, console)))
    return 0


def _known_instruments(arguments: Namespace) -> list[tuple[InstrumentDescriptor, str, str]]:
    """Return descriptor, link and state of each: from the bench that runs, else from the configuration."""
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


def _description(descriptor: InstrumentDescriptor, console: Console) -> list[str]:
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


def _short(parameter: ParameterDescriptor) -> str:
    return parameter.name if parameter.required else f"{parameter.name}={json.dumps(parameter.default)}"


def _result(method: MethodDescriptor) -> str:
    unit = f" in {method.unit}" if method.unit else ""
    return f" -> {method.result}{unit}" if method.result else ""


def _usual_permission(method: MethodDescriptor) -> str:
    return "device:read" if method.kind == "query" else "device:control"
