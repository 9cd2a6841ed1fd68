"""Makes the reference pages of docs/ from the code: functions, commands, instruments.

What a page says of a function, command or method is what the program itself says of it.
"""

import argparse
import inspect
import json
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from benchwright.cli.command import Command, make_parser
from benchwright.cli.main import BENCH, NOUNS, PROGRAM, commands_of
from benchwright.core.descriptors import InstrumentDescriptor, MethodDescriptor, ParameterDescriptor
from benchwright.core.resource_paths import resource_path
from benchwright.engines.host_api import FUNCTION_PERMISSIONS, HOST_FUNCTIONS
from benchwright.instruments.config import Config
from benchwright.instruments.drivers.registry import driver_class, driver_names

DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
LANGUAGES: Final = ("lua", "python")
_FOOT: Final = "This page is made from the code by `make reference`."


def main() -> None:
    """Write the pages."""
    for name, text in pages().items():
        (DOCS / name).write_text(text, "utf-8")
        print(DOCS / name)


def pages() -> dict[str, str]:
    """Return the text of each page by the name of its file."""
    made = {"functions.md": _functions(), "commands.md": _commands(), "instruments.md": _instruments()}
    return {name: "\n".join([*_without_gaps(lines), _FOOT]) + "\n" for name, lines in made.items()}


def _without_gaps(lines: Iterator[str]) -> Iterator[str]:
    """Give the lines with one blank line where there are several."""
    before = ""
    for line in lines:
        if line or before:
            yield line
        before = line


# --- what a script can call ---


def function_entries() -> Mapping[str, dict[str, Any]]:
    """Return what functions.toml says, by the name of the function."""
    with resource_path("reference", "functions.toml").open("rb") as file:
        return tomllib.load(file)


def _functions() -> Iterator[str]:
    yield from (
        "# Functions",
        "",
        "All that a script can call besides its language and the methods of its instruments, with an example",
        "in each language that runs as it stands on the virtual bench. [Scripts](scripting.md) tells how",
        "they play together, [Instruments](instruments.md) lists the methods of the shipped drivers.",
        "",
    )
    for name, entry in function_entries().items():
        yield from _function(name, entry)


def _function(name: str, entry: Mapping[str, Any]) -> Iterator[str]:
    descriptor = HOST_FUNCTIONS.get(name)
    yield from (f"## {name}", "")
    if descriptor is None:
        yield from (f"`{entry['signature']}`", "", entry["help"], "")
        facts = [("gives", entry["result"])] if "result" in entry else []
    else:
        yield from (f"`{_signature(descriptor)}`", "", descriptor.help, "")
        facts = list(_facts(descriptor, FUNCTION_PERMISSIONS[name] or "none"))
    yield from _table(facts)
    yield from (entry.get("text", "").strip(), "")
    for language in LANGUAGES:
        if language in entry:
            yield from (f"```{language}", entry[language].strip(), "```", "")


def _facts(method: MethodDescriptor, permission: str) -> Iterator[tuple[str, str]]:
    for parameter in method.parameters:
        yield f"`{parameter.name}`", _parameter(parameter)
    if method.result:
        yield "gives", _result(method)
    yield "permission", permission if permission == "none" else f"`{permission}`"


def _parameter(parameter: ParameterDescriptor) -> str:
    default = "" if parameter.required else f"; default {_shown(parameter.default)}"
    help_text = f"; {parameter.help}" if parameter.help else ""
    return f"{parameter.allowed()}{help_text}{default}"


def _shown(value: object) -> str:
    return json.dumps(value)


def _signature(method: MethodDescriptor) -> str:
    parameters = [p.name if p.required else f"{p.name}={_shown(p.default)}" for p in method.parameters]
    return f"{method.name}({', '.join(parameters)})"


# --- the command line ---


def _commands() -> Iterator[str]:
    yield from (
        "# Commands",
        "",
        "Every command with all its arguments, as `--help` tells them. [The command line](cli.md) shows what",
        "they print, and lists the exit codes.",
        "",
    )
    for noun in (*NOUNS, BENCH):
        prefix = PROGRAM if noun == BENCH else f"{PROGRAM} {noun}"
        yield from (f"## {'The bench' if noun == BENCH else noun.capitalize()}", "")
        for command in commands_of(noun).values():
            yield from _command(command, f"{prefix} {command.name}")


def _command(command: Command, prog: str) -> Iterator[str]:
    yield from (f"### {prog.removeprefix(f'{PROGRAM} ')}", "", f"{_sentence(command.help)}", "")
    parser = make_parser(command, prog)
    yield from _table(
        [_argument(a) for a in parser._actions if a.help != argparse.SUPPRESS and a.dest != "help"]
    )
    if command.examples:
        yield from ("```", *(f"$ {line}" for line in command.examples), "```", "")


def _argument(action: argparse.Action) -> tuple[str, str]:
    value = action.metavar or (
        "{" + ",".join(action.choices) + "}" if action.choices else action.dest.upper()
    )
    if not action.option_strings:
        many = {"*": f"[{value} ...]", "+": f"{value} [{value} ...]", "?": f"[{value}]"}
        return f"`{many.get(str(action.nargs), value)}`", _cell(action.help)
    takes_value = action.nargs != 0
    names = ", ".join(f"`{name} {value}`" if takes_value else f"`{name}`" for name in action.option_strings)
    return names, _cell(action.help) + ("; must be given" if action.required else "")


def _cell(text: str | None) -> str:
    return (text or "").replace("%%", "%").replace("|", "\\|").replace("*", "\\*")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


# --- the shipped drivers ---


def _instruments() -> Iterator[str]:
    yield from (
        "# Instruments",
        "",
        "The shipped drivers and what a script can call on their instruments. `benchwright instrument",
        "describe NAME` tells the same of your own bench, soft limits included. How an instrument is set up",
        "is in [The configuration](configuration.md); [Drivers](drivers.md) tells how to add another one.",
        "",
    )
    demo = {each.driver: each for each in Config.demo().describe().values()}
    for name in driver_names():
        described = demo.get(name) or driver_class(name).describe(name)
        yield from _instrument(described, is_declared=name not in demo)


def _instrument(described: InstrumentDescriptor, *, is_declared: bool) -> Iterator[str]:
    made = " ".join(part for part in (described.maker, described.model) if part)
    yield from (f"## {described.driver}", "", f"**{made}.** {described.help}" if made else described.help, "")
    source = re.search(r"^Source: .*?(?=\n\n|\Z)", _module_doc(described.driver), re.MULTILINE | re.DOTALL)
    if source:
        yield from (" ".join(source.group().split()), "")
    if is_declared:
        yield from ("Its methods are made from [the configuration](configuration.md).", "")
        return
    yield from (
        "| method | does | gives | permission |",
        "|---|---|---|---|",
        *map(_method, described.methods),
        "",
    )


def _method(method: MethodDescriptor) -> str:
    takes = "".join(f"<br>`{p.name}`: {_parameter(p)}" for p in method.parameters)
    channel = f"<br>telemetry channel `{method.telemetry}`" if method.telemetry else ""
    permission = str(method.permission).removeprefix("device:")
    return f"| `{_signature(method)}` | {method.help}{takes} | {_result(method)}{channel} | {permission} |"


def _result(method: MethodDescriptor) -> str:
    return f"{method.result} in {method.unit}" if method.unit else method.result


def _module_doc(driver: str) -> str:
    return inspect.getdoc(sys.modules[driver_class(driver).__module__]) or ""


def _table(rows: list[tuple[str, str]]) -> Iterator[str]:
    if rows:
        yield from ("| | |", "|---|---|", *(f"| {left} | {right} |" for left, right in rows), "")


if __name__ == "__main__":
    main()
