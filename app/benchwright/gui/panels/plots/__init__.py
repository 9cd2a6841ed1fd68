"""The panel plots: see `panel.py`; it loads pyqtgraph and numpy by itself, in the background."""

from benchwright.gui.panel import Area, PanelInfo

PANEL = PanelInfo("plots", "Plots", Area.RIGHT, 40)
