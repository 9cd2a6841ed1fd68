"""`benchwright script list`, `show`, `new`, `import`, `export`, `history`: the library of the data folder."""

import sys
from argparse import Namespace
from pathlib import Path
from typing import Any, Final

import msgspec

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.library import Conflict, RunStatistics, ScriptEntry, ScriptManager, read_document
from benchwright.bench.storage.files import replacing
from benchwright.bench.storage.run_index import RunIndex
from benchwright.bench.storage.run_store import RunStore
from benchwright.cli.command import UsageError
from benchwright.cli.console import Console, printable, table
from benchwright.cli.run_list import show_records
from benchwright.core.errors import MetadataError, ScriptNotFound
from benchwright.core.permissions import MEANINGS
from benchwright.core.script_statistics import ScriptExecutionStats
from benchwright.engines.registry import engine_infos

_HEADINGS: Final = ("Script", "Status", "Runs", "Last", "Tags", "Problem")


def list_scripts(arguments: Namespace) -> int:
    """List the library, or what fits a search; return the exit code."""
    folder = DataFolder.at(arguments.data_dir)
    library = ScriptManager(folder.library)
    entries = library.list()
    if arguments.query:
        keys = set(library.search(" ".join(arguments.query), entries))
        entries = [entry for entry in entries if entry.key in keys]
    statistics = RunStatistics(RunStore(folder.path), library).by_file()
    console = Console()
    found = [(entry, statistics.get(str(library.folder / entry.key))) for entry in entries]
    if arguments.json:
        console.json(*(_object(library, entry, stats) for entry, stats in found))
    elif found:
        console.out("\n".join(table((_row(entry, stats) for entry, stats in found), _HEADINGS)))
    else:
        console.note(
            "nothing found" if arguments.query else "the library is empty; see: benchwright script new"
        )
    return 0


def show_script(arguments: Namespace) -> int:
    """Show what is known of one script, or its text; return the exit code."""
    folder = DataFolder.at(arguments.data_dir)
    library = ScriptManager(folder.library)
    key = library.find(arguments.name)
    console = Console()
    if arguments.source:
        console.out(library.text_of(key).source.rstrip("\n"))
        return 0
    entry = next(each for each in library.list() if each.key == key)
    statistics = RunStatistics(RunStore(folder.path), library).by_file().get(str(library.folder / key))
    shown = _object(library, entry, statistics)
    shown["versions"] = [each.id for each in library.versions(key)]
    if arguments.json:
        console.json(shown)
        return 0
    del shown["event"], shown["run_problems"]
    shown["versions"] = len(shown["versions"])
    shown["tags"] = ", ".join(entry.tags)
    lines = [
        f"{name.replace('_', ' '):12}  {printable(str(value))}" for name, value in shown.items() if value
    ]
    problems = statistics.problems if statistics else ()
    lines += [f"{'run problem':12}  {printable(each.text)}" for each in problems]
    console.out("\n".join(lines))
    return 0


def show_history(arguments: Namespace) -> int:
    """Show the runs of one script, also those from before it was renamed; return the exit code."""
    if arguments.limit < 1:
        raise UsageError(f"--limit must be at least 1, found {arguments.limit}")
    folder = DataFolder.at(arguments.data_dir)
    library = ScriptManager(folder.library)
    file = str(library.folder / library.find(arguments.name))
    runs = RunIndex(RunStore(folder.path)).summaries()
    records = [each for each in runs if library.file_now(each.path, each.created) == file]
    show_records(records[: arguments.limit], as_json=arguments.json)
    return 0


def new_script(arguments: Namespace) -> int:
    """Put a new script into the library; return the exit code."""
    library = ScriptManager(DataFolder.open(arguments.data_dir).library)
    source, metadata, language = "", None, arguments.language
    if arguments.source is not None:
        if not arguments.source.is_file():
            raise ScriptNotFound(f"there is no file {arguments.source}")
        script = ScriptManager(arguments.source.parent, read_only=True).text_of(arguments.source.name)
        source, metadata = script.source, script.metadata
        copied = _language_of(arguments.source.name)
        if language and language != copied:
            raise UsageError(f"{arguments.source} is a {copied} script, not a {language} one")
        language = copied
    key = _new_key(arguments.name, language)
    library.create(key, source, metadata)
    _tell_key(arguments, library, key)
    return 0


def _new_key(name: str, language: str | None) -> str:
    """Return the name of a new script with the suffix of its language, which it may have already."""
    named = _language_of(name)
    if named is None:
        return name + engine_infos()[language or "lua"].suffix
    if language and language != named:
        raise UsageError(f"{name} cannot be a {language} script: leave the suffix out")
    return name


def _language_of(name: str) -> str | None:
    return next((info.language for info in engine_infos().values() if name.endswith(info.suffix)), None)


def import_scripts(arguments: Namespace) -> int:
    """Take exported scripts into the library; return the exit code."""
    library = ScriptManager(DataFolder.open(arguments.data_dir).library)
    console = Console()
    for file in arguments.files:
        data = read_document(file)
        found = library.sharing.preview(data, file.name, arguments.folder)
        key = library.sharing.take(data, file.name, arguments.folder, Conflict(arguments.on_conflict))
        if key is None:
            console.note(f"{file.name} was skipped: the library has another {found.key}")
            continue
        _tell_key(arguments, library, key)
        if not arguments.json:
            wanted = ", ".join(MEANINGS[each] for each in sorted(found.wanted_permissions))
            console.note(f"it was granted nothing; when it is run it asks to {wanted or 'use nothing'}")
            try:
                library.load(key)
            except MetadataError as error:  # it came without a script that it needs
                console.note(f"it cannot be run yet: {error.message}")
    return 0


def export_script(arguments: Namespace) -> int:
    """Write a script of the library as one TOML file; return the exit code."""
    library = ScriptManager(DataFolder.at(arguments.data_dir).library)
    key = library.find(arguments.name)
    data = library.sharing.export(library.path_of(key), with_dependencies=arguments.with_dependencies)
    if str(arguments.output) == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return 0
    file = arguments.output or Path(f"{Path(key).stem}.script.toml")
    with replacing(file, overwrite=False) as temporary:
        temporary.write_bytes(data)
    console = Console()
    if arguments.json:
        console.json({"event": "script_exported", "key": key, "path": str(file)})
    else:
        console.out(f"{key} written to {file}")
    return 0


def _tell_key(arguments: Namespace, library: ScriptManager, key: str) -> None:
    path = str(library.path_of(key))
    if arguments.json:
        Console().json({"event": "script_added", "key": key, "path": path})
    else:
        Console().out(f"{key} is in the library: {path}")


def _object(
    library: ScriptManager, entry: ScriptEntry, statistics: ScriptExecutionStats | None
) -> dict[str, Any]:
    known = statistics or ScriptExecutionStats()
    return {
        "event": "script",
        "key": entry.key,
        "name": entry.name,
        "language": entry.language,
        "version": entry.version,
        "author": entry.author,
        "description": entry.description,
        "tags": entry.tags,
        "problem": entry.problem,
        "path": str(library.folder / entry.key),
        "status": known.status,
        "runs": known.total,
        "successful": known.successful,
        "failed": known.failed,
        "average_s": known.average_s,
        "last_s": known.last_s,
        "last_run": known.last_run,
        "peak_memory_bytes": known.peak_memory_bytes,
        "run_problems": msgspec.to_builtins(known.problems),
    }


def _row(entry: ScriptEntry, statistics: ScriptExecutionStats | None) -> dict[str, str]:
    known = statistics or ScriptExecutionStats()
    return {
        "script": entry.key,
        "status": known.status.replace("_", " ") if known.last_run else "",
        "runs": str(known.total or ""),
        "last": f"{known.last_run.astimezone():%Y-%m-%d %H:%M}" if known.last_run else "",
        "tags": ", ".join(entry.tags),
        "problem": "; ".join(filter(None, [entry.problem, *(each.text for each in known.problems)])),
    }
