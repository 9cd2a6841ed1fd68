"""What a panel says of itself, and how the window finds panels: each is a folder in `panels/`."""

import importlib
import pkgutil
from enum import StrEnum
from typing import Any, NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from benchwright.gui import panels
from benchwright.gui.controls import Controls
from benchwright.gui.session import RunModel


class Area(StrEnum):
    """Where a panel is at first; the person may drag it elsewhere."""

    LEFT = "left"
    MIDDLE = "middle"
    RIGHT = "right"
    BOTTOM = "bottom"


class PanelInfo(NamedTuple):
    """What there is to know of a panel before it is imported; its package exports one as `PANEL`."""

    name: str
    title: str
    area: Area
    order: int = 0


class Panel(QWidget):
    """What every panel is; each is built as `Panel(model, controls)`."""

    title_changed = Signal(str)  # what its tab is to say
    raise_wanted = Signal()  # what was asked for is in this panel, which may be hidden

    def save_state(self) -> dict[str, Any]:
        """Return what is worth remembering, as plain values."""
        return {}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take back what `save_state` returned, perhaps of an older version."""


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
    panel.setObjectName(f"{info.name}.panel")
    panel.setAccessibleName(info.title)
    return panel
