"""The table of keys in the documentation is complete and true."""

import re
from pathlib import Path

from PySide6.QtGui import QKeySequence

from benchwright.gui import actions

ROOT = Path(__file__).resolve().parents[2]
EMERGENCY = {"Pause", "Ctrl+Shift+Space"}  # taken by an event filter, from anywhere


def documented() -> list[str]:
    """Return the keys in the first column of the table under the heading Keys."""
    text = (ROOT / "docs" / "window.md").read_text("utf-8")
    table = text.split("\n## Keys\n")[1].split("\n## ")[0]
    cells = re.findall(r"^\| (.+?) \|", table, re.MULTILINE)[1:]
    keys = [key.strip("* ") for cell in cells for key in cell.split(" · ")]
    return [QKeySequence(key).toString() for key in keys]


def test_every_key_of_an_action_is_in_docs_window_md_and_no_other() -> None:
    keys = documented()
    taken = {QKeySequence(key).toString() for row in actions.ACTIONS for key in row.shortcuts}
    assert len(keys) == len(set(keys))
    assert set(keys) == taken | EMERGENCY
