"""Finds the files shipped beside the code: example scripts, driver templates, themes, icons."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_FOLDERS = (
    _PACKAGE / "_resources",  # where the wheel and the frozen bundle (below `sys._MEIPASS`) put them
    _PACKAGE.parents[1] / "resources",  # a source checkout or an editable install
)


def resource_path(*parts: str) -> Path:
    """Return the path of a shipped file or folder, such as `resource_path("examples", "scan.lua")`.

    Raises:
        FileNotFoundError: the installation lacks it.
    """
    for folder in _FOLDERS:
        path = folder.joinpath(*parts)
        if path.exists():
            return path
    raise FileNotFoundError(f"this installation lacks the resource {'/'.join(parts)!r}")


def documents_path() -> Path:
    """Return the folder of the documentation.

    Raises:
        FileNotFoundError: the installation lacks it.
    """
    beside = _PACKAGE.parents[1] / "docs"  # a source checkout
    return beside if (beside / "README.md").exists() else resource_path("docs")
