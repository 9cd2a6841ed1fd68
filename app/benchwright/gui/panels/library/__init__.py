"""The panel library: see `panel.py`."""

from benchwright.gui.panel import Area, PanelInfo

PANEL = PanelInfo("library", "Library", Area.LEFT, 5)
