"""What a panel says of itself, and what the window can ask of it."""

from enum import StrEnum
from typing import Any, NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget


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
