"""The panel console: see `panel.py`."""

from benchwright.gui.panel import Area, PanelInfo

PANEL = PanelInfo("console", "Console", Area.BOTTOM, 10)
