"""The panel runs: see `panel.py`."""

from benchwright.gui.panel import Area, PanelInfo

PANEL = PanelInfo("runs", "Runs", Area.BOTTOM, 30)
