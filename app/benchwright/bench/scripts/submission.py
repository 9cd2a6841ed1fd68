"""Turns a script file and what an operator asks for into the request that runs it."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from benchwright.bench.scripts.script_file import ScriptFile
from benchwright.core.errors import MetadataError, listed
from benchwright.core.limits import Preset
from benchwright.core.metadata import convert_parameters
from benchwright.core.operator_messages import SubmitRun
from benchwright.core.permissions import ALL_PERMISSIONS, Permission, parse_permissions
from benchwright.core.run_states import StopPolicy
from benchwright.core.values import Value


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What an operator asks for; None leaves the choice to the script and the bench.

    ``grant`` is the exact set of permissions; None is what the script's metadata declares.
    """

    parameters: Mapping[str, Value] = field(default_factory=dict)
    grant: frozenset[Permission] | None = None
    timeout_s: float | None = None
    preset: Preset | None = None
    on_stop: StopPolicy | None = None


def parse_grant(names: str | Iterable[str]) -> frozenset[Permission]:
    """Return the permissions of these names, or of one text with commas; ``all`` and ``none`` stand alone.

    Raises:
        MetadataError: a name is no permission.
    """
    names = [name.strip() for name in (names.split(",") if isinstance(names, str) else names)]
    if names == ["all"]:
        return ALL_PERMISSIONS
    return frozenset() if names == ["none"] else parse_permissions(names)


def parse_preset(name: str) -> Preset:
    """Return the preset of that name.

    Raises:
        MetadataError: there is none.
    """
    try:
        return Preset(name)
    except ValueError:
        raise MetadataError(f"unknown preset {name!r} (there is: {listed(Preset)})") from None


def submission(script: ScriptFile, options: RunOptions) -> SubmitRun:
    """Return the request that runs `script`.

    Raises:
        MetadataError: a parameter does not fit what the script declares, or the timeout is no time.
    """
    granted = script.wanted_permissions if options.grant is None else options.grant
    return SubmitRun(
        name=_sendable(script.name),
        path=_sendable(str(script.path.resolve())),
        language=script.language,
        source=script.source,
        metadata=script.metadata_text or "",
        parameters=convert_parameters(script.metadata, options.parameters),
        grant=sorted(granted),
        preset=options.preset,
        limits={} if options.timeout_s is None else {"max_execution_time_s": _checked(options.timeout_s)},
        on_stop=options.on_stop,
        dependencies=dict(script.dependencies),
        requires=dict(script.requires),
    )


def _sendable(name: str) -> str:
    """Return the name of a file as text; its bytes may be none."""
    return name.encode(errors="backslashreplace").decode()


def _checked(timeout_s: float) -> float:
    if not 0 < timeout_s < math.inf:
        raise MetadataError(f"the timeout must be a number of seconds above 0, found {timeout_s:g}")
    return timeout_s
