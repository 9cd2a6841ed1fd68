"""The panel editor: see `panel.py`."""

from benchwright.gui.panel import Area, PanelInfo

PANEL = PanelInfo("editor", "Editor", Area.MIDDLE, 0)
