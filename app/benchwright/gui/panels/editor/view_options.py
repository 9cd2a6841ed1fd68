"""How all scripts are shown: size of the letters, wrapped lines, visible blanks."""

from typing import Any

from PySide6.QtGui import QFont

from benchwright.gui.panels.editor.tabs import ScriptTabs

_ZOOMS = range(-8, 31)


class ViewOptions:
    """The same for every open script, and remembered."""

    def __init__(self, tabs: ScriptTabs) -> None:
        self._tabs = tabs
        self._zoom = 0
        self._wraps = False
        self._shows_blanks = False
        self._font: QFont | None = None
        self._indent = 0

    def use_font(self, font: QFont) -> None:
        """Write in this font."""
        self._font = font
        self.apply()

    def use_indent(self, columns: int) -> None:
        """Indent by that many columns a step; 0 for what is usual in a language."""
        self._indent = columns
        self.apply()

    def apply(self) -> None:
        """Show all scripts this way."""
        for buffer in self._tabs.buffers:
            if self._font is not None:
                buffer.editor.use_font(self._font)
            buffer.editor.use_indent(self._indent)
            buffer.editor.set_view(zoom=self._zoom, wraps=self._wraps, shows_blanks=self._shows_blanks)

    def follow_zoom(self, steps: int) -> None:
        """Take note that a script was zoomed by the wheel."""
        if steps != self._zoom:
            self._zoom = _allowed(steps)
            self.apply()

    def zoom_in(self) -> None:
        self.follow_zoom(_allowed(self._zoom + 1))

    def zoom_out(self) -> None:
        self.follow_zoom(_allowed(self._zoom - 1))

    def zoom_reset(self) -> None:
        self.follow_zoom(0)

    def toggle_wrap(self) -> None:
        self._wraps = not self._wraps
        self.apply()

    def toggle_blanks(self) -> None:
        self._shows_blanks = not self._shows_blanks
        self.apply()

    def save_state(self) -> dict[str, Any]:
        """Return what is worth remembering."""
        return {"zoom": self._zoom, "wraps": self._wraps, "shows_blanks": self._shows_blanks}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take back what `save_state` returned."""
        zoom = state.get("zoom")
        self._zoom = _allowed(zoom) if isinstance(zoom, int) else 0
        self._wraps = state.get("wraps") is True
        self._shows_blanks = state.get("shows_blanks") is True
        self.apply()


def _allowed(zoom: int) -> int:
    return min(max(zoom, _ZOOMS.start), _ZOOMS.stop - 1)
