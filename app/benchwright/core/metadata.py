"""What a script says of itself: its TOML metadata, and the parameters that it takes."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePath
from typing import Final

import msgspec

from benchwright import __version__
from benchwright.core.dependencies import VERSION, parse_dependency, version_numbers
from benchwright.core.errors import ArgumentError, MetadataError, UnknownNameError
from benchwright.core.limits import Preset, limit_problem
from benchwright.core.metadata_schema import SCHEMA_VERSION, current_metadata
from benchwright.core.permissions import DEFAULT_PERMISSIONS, Permission
from benchwright.core.run_states import StopPolicy
from benchwright.core.script_parameters import ScriptParameter, from_text, parse_parameter
from benchwright.core.toml_table import TomlTable
from benchwright.core.values import Value, shown

_OWN_VERSION: Final = VERSION.match(__version__)


class PlotDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """A plot that the script wants to see: recorded columns `y` over the column `x` (empty: over time).

    With `z` it is a map: the colour at x and y. ``units`` says what the recorded numbers are in, by column.
    """

    x: str = ""
    y: tuple[str, ...] = ()
    z: str = ""
    title: str = ""
    units: dict[str, str] = {}


class ScriptMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What the TOML file beside a script says; a script without one has these defaults.

    ``exclusive`` names instruments that the script needs for itself; a limit or policy that is absent or
    None is the bench's own.
    """

    schema: int = SCHEMA_VERSION
    name: str = ""
    version: str = "1.0.0"
    author: str = ""
    description: str = ""
    created_at: datetime | None = None
    modified_at: datetime | None = None
    tags: tuple[str, ...] = ()
    permissions: frozenset[Permission] = DEFAULT_PERMISSIONS
    dependencies: tuple[str, ...] = ()
    min_engine_version: str = ""
    language: str = ""
    exclusive: tuple[str, ...] = ()
    preset: Preset | None = None
    limits: dict[str, float] = {}
    parameters: dict[str, ScriptParameter] = {}
    plots: tuple[PlotDeclaration, ...] = ()
    on_stop: StopPolicy | None = None

    @property
    def dependency_names(self) -> frozenset[str]:
        """The names that the script may require."""
        found = map(parse_dependency, self.dependencies)
        return frozenset(each.name for each in found if each is not None)


def parse_metadata(text: str, file: str) -> ScriptMetadata:
    """Read a script's TOML metadata; without a `name` in it the script is called as the file is.

    Raises:
        MetadataError: names file, line, key, what was found and what is allowed.
    """
    table = TomlTable(*current_metadata(text, file), file, MetadataError)
    table.allow(ScriptMetadata.__struct_fields__)
    preset = table.choice("preset", Preset)
    on_stop = table.choice("on_stop", StopPolicy)
    return ScriptMetadata(
        name=table.text("name") or PurePath(file).stem,
        version=table.text("version", "1.0.0"),
        author=table.text("author"),
        description=table.text("description"),
        created_at=table.moment("created_at"),
        modified_at=table.moment("modified_at"),
        tags=table.texts("tags"),
        permissions=_permissions(table),
        dependencies=_dependencies(table),
        min_engine_version=_version(table, "min_engine_version"),
        language=table.text("language"),
        exclusive=table.texts("exclusive"),
        preset=Preset(preset) if preset else None,
        limits=_limits(table.table("limits")),
        parameters={name: parse_parameter(name, below) for name, below in table.table("parameters").tables()},
        plots=tuple(_plot(below) for below in table.array("plots")),
        on_stop=StopPolicy(on_stop) if on_stop else None,
    )


def check_engine_version(metadata: ScriptMetadata, script: str) -> None:
    """Refuse a script that needs a newer Benchwright.

    Raises:
        MetadataError: names the script and both versions.
    """
    wanted = metadata.min_engine_version
    own = version_numbers(_OWN_VERSION[0]) if _OWN_VERSION else None
    if wanted and (version_numbers(wanted) or ()) > (own or ()):
        raise MetadataError(f"{script} needs Benchwright {wanted} or newer, and this is {__version__}")


def convert_parameters(metadata: ScriptMetadata, given: Mapping[str, Value]) -> dict[str, Value]:
    """Return a value for every declared parameter: the given one, else its default.

    Texts, as a command line gives them, are converted to the declared type.

    Raises:
        MetadataError: an unknown parameter, one without value, or a value of wrong type, range or choice.
    """
    declared = metadata.parameters
    for name in given:
        if name not in declared:
            raise MetadataError(str(UnknownNameError("parameter", name, declared)))
    return {name: _value(parameter, given.get(name)) for name, parameter in declared.items()}


def _value(parameter: ScriptParameter, given: Value) -> Value:
    if given is None and parameter.required:
        allowed = parameter.allowed()
        raise MetadataError(f"parameter {parameter.name} has no value; it must be {allowed}")
    try:
        return parameter.check(from_text(parameter.type, given), "parameter")
    except ArgumentError:
        raise MetadataError(
            f"parameter {parameter.name} must be {parameter.allowed()}, found {shown(given)}"
        ) from None


# --- the parts of the file --------------------------------------------------------------------------------


def _permissions(table: TomlTable) -> frozenset[Permission]:
    if "permissions" not in table:
        return DEFAULT_PERMISSIONS
    return frozenset(map(Permission, table.choices("permissions", Permission)))


def _dependencies(table: TomlTable) -> tuple[str, ...]:
    texts = table.texts("dependencies")
    for index, text in enumerate(texts):
        if parse_dependency(text) is None:
            table.fail(
                f"{shown(text)} is not the name of a script, such as helpers or helpers >= 1.2",
                "dependencies",
                index,
            )
    return texts


def _version(table: TomlTable, key: str) -> str:
    version = table.text(key)
    if version and version_numbers(version) is None:
        table.fail(f"must be a version such as 1.2, found {shown(version)}", key)
    return version


def _limits(table: TomlTable) -> dict[str, float]:
    for name, value in table.content.items():
        if problem := limit_problem(name, value):
            table.fail(problem, name)
    return dict(table.content)


def _plot(table: TomlTable) -> PlotDeclaration:
    table.allow(PlotDeclaration.__struct_fields__)
    columns = table.content.get("y")
    y = (columns,) if isinstance(columns, str) else table.texts("y")
    if not y:
        table.fail("needs the recorded column to show", "y")
    z = table.text("z")
    if z and len(y) > 1:
        table.fail("must be one recorded column where z gives a colour to each place", "y")
    units = table.table("units")
    return PlotDeclaration(
        x=table.text("x"),
        y=y,
        z=z,
        title=table.text("title"),
        units={name: units.text(name) for name in units.content},
    )
