"""The panel instruments: see `panel.py`."""

from benchwright.gui.panel import Area, PanelInfo

PANEL = PanelInfo("instruments", "Instruments", Area.RIGHT, 60)
