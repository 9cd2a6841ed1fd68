"""All settings there are, one row each: the file, the page and the documentation are made from it."""

from typing import Final, NamedTuple

from benchwright.core.script_parameters import ScriptParameter
from benchwright.core.values import Value


class SettingRow(NamedTuple):
    """One setting; `value.name` is its key below `table`, `value.help` says what it does."""

    table: str
    value: ScriptParameter
    files: str = ""  # of a setting that names a file: which ones to choose from

    @property
    def key(self) -> str:
        """Its whole name, such as ``editor.font_size``."""
        return f"{self.table}.{self.value.name}"


def _row(
    key: str,
    label: str,
    default: str | int | bool,
    help_: str,
    *,
    choices: tuple[str, ...] = (),
    unit: str = "",
    span: tuple[int, int] | None = None,
    files: str = "",
) -> SettingRow:
    table, name = key.split(".")
    type_ = {bool: "boolean", int: "integer", str: "text"}[type(default)]
    low, high = span or (None, None)
    value = ScriptParameter(
        name=name,
        type=type_,
        unit=unit,
        minimum=low,
        maximum=high,
        choices=choices,
        required=False,
        default=default,
        help=help_,
        label=label,
    )
    return SettingRow(table, value, files)


SETTINGS: Final = (
    _row(
        "window.theme",
        "Colours",
        "system",
        "The colours; system follows the desktop.",
        choices=("system", "light", "dark"),
    ),
    _row("editor.font_family", "Font", "", "The font of scripts and console; empty for the system's own."),
    _row("editor.font_size", "Size of the letters", 10, "Of scripts and console.", unit="pt", span=(6, 40)),
    _row(
        "editor.indent",
        "Indentation",
        0,
        "Columns of one step; 0 is what is usual: 2 in Lua, 4 in Python.",
        span=(0, 16),
    ),
    _row(
        "console.max_lines",
        "Lines of the console",
        10_000,
        "The oldest go first; the data of a run has all of them.",
        span=(100, 100_000),
    ),
    _row("run.save_first", "Save a script before it is run", False, "Of scripts that have a file."),
    _row(
        "bench.config_file",
        "Configuration of the bench",
        "",
        "Used at the next start; empty: bench.toml in the data folder, else the virtual bench.",
        files="Configurations (*.toml)",
    ),
)


def defaults() -> dict[str, Value]:
    """Return every setting as it is where nobody set it."""
    return {row.key: row.value.default for row in SETTINGS}
