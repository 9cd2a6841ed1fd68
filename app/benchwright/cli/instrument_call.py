"""`benchwright instrument call`: calls a method by hand."""

import json
from argparse import Namespace
from typing import Any

from benchwright.bench.operators.client import BenchClient
from benchwright.bench.operators.launch import attach
from benchwright.cli.command import UsageError, data_folder
from benchwright.cli.console import Console, printable, shown_value
from benchwright.core.errors import BenchwrightError
from benchwright.core.operator_messages import CallInstrument, DescribeInstruments
from benchwright.core.values import Value


def call(arguments: Namespace) -> int:
    """Call a method and show its value; return the exit code.

    Raises:
        UsageError: the arguments cannot be told apart.
        BenchwrightError: the bench cannot be reached, or the call was refused or failed.
    """
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


def _halt(client: BenchClient, name: str, method: str, console: Console) -> None:
    """Stop what an interrupted call set in motion, where the instrument knows how to."""
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


def parse_call_arguments(texts: list[str]) -> tuple[list[Value], dict[str, Value]]:
    """Return the positional and the named values that a person typed.

    Raises:
        UsageError: a positional value follows a named one, or a name comes twice.
    """
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


def parse_value(text: str) -> Value:
    """Return the number, truth value, list, map or text that a person typed; text needs no quotes."""
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
