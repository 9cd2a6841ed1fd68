"""The panel schedule: see `panel.py`."""

from benchwright.gui.panel import Area, PanelInfo

PANEL = PanelInfo("schedule", "Schedule", Area.BOTTOM, 40)
