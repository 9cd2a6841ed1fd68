"""The panel problems: see `panel.py`."""

from benchwright.gui.panel import Area, PanelInfo

PANEL = PanelInfo("problems", "Problems", Area.BOTTOM, 20)
