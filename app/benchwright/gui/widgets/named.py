"""Gives a widget its two names: the one that the program finds it by, and the one that is read aloud."""

from typing import TypeVar

from PySide6.QtWidgets import QWidget

W = TypeVar("W", bound=QWidget)


def named(widget: W, object_name: str, accessible_name: str) -> W:
    """Return the widget with its names."""
    widget.setObjectName(object_name)
    widget.setAccessibleName(accessible_name)
    return widget
