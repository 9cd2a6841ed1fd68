"""Finds the panels: each is a folder in `panels/`."""

import importlib
import pkgutil

from benchwright.gui import panels
from benchwright.gui.controls import Controls
from benchwright.gui.panel import Panel, PanelInfo
from benchwright.gui.session import RunModel
from benchwright.gui.widgets.named import named


def panel_infos() -> list[PanelInfo]:
    """Return what there is to know of each panel; none is imported."""
    names = sorted(module.name for module in pkgutil.iter_modules(panels.__path__) if module.ispkg)
    found = [importlib.import_module(f"{panels.__name__}.{name}") for name in names]
    infos: list[PanelInfo] = [module.PANEL for module in found if hasattr(module, "PANEL")]
    return sorted(infos, key=lambda info: info.order)


def build_panel(info: PanelInfo, model: RunModel, controls: Controls) -> Panel:
    """Import a panel and build it."""
    module = importlib.import_module(f"{panels.__name__}.{info.name}.panel")
    panel: Panel = getattr(module, f"{info.name.capitalize()}Panel")(model, controls)
    named(panel, f"{info.name}.panel", info.title)
    return panel
