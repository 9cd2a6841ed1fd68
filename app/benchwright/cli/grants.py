"""What a script is granted: as the command line says, or as the person at the terminal does."""

from argparse import Namespace

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.scripts.grants import GrantStore
from benchwright.bench.scripts.script_file import ScriptFile
from benchwright.bench.scripts.submission import parse_grant
from benchwright.cli.command import is_interactive
from benchwright.cli.console import Console
from benchwright.cli.questions import confirm_grants
from benchwright.core.errors import PermissionDenied
from benchwright.core.permissions import Permission


def asked_grant(
    arguments: Namespace,
    script: ScriptFile,
    folder: DataFolder,
    console: Console,
    wanted: frozenset[Permission] | None = None,
) -> frozenset[Permission]:
    """Return what the run is granted: as asked for, as wanted, or as the person at the terminal says.

    Args:
        wanted: what it wants; None is what its metadata declares, without metadata all.

    Raises:
        PermissionDenied: the person says no.
    """
    if arguments.grant is not None:
        return parse_grant(arguments.grant)
    wanted = script.wanted_permissions if wanted is None else wanted
    if not is_interactive(arguments):
        return wanted
    store = GrantStore(folder.grants_file)
    missing = wanted - store.granted(script.content_hash)
    if missing:
        if not confirm_grants(console, script.name, wanted, _unfenced(script)):
            raise PermissionDenied(", ".join(sorted(missing)), script.name)
        store.remember(script.content_hash, script.name, wanted)
    return wanted


def _unfenced(script: ScriptFile) -> list[str]:
    """Return what does not hold around a script; one in Lua is held by its language everywhere."""
    if script.language != "python":
        return []
    from benchwright.worker.launching.probe import missing_fences

    return missing_fences("python")
