"""Which of the theme's colours a curve has."""

from PySide6.QtGui import QColor

from benchwright.gui.theme import Theme

_SHARE = 0.35  # of its colour that the curve of an earlier run keeps


def curve_colour(theme: Theme, index: int, is_earlier: bool) -> QColor:
    """Return the colour of the curve of that index; that of an earlier run steps back into the surface."""
    colour = QColor(theme.curves[index % len(theme.curves)])
    if not is_earlier:
        return colour
    behind = QColor(theme.surface)
    return QColor.fromRgbF(
        *(
            _SHARE * own + (1 - _SHARE) * other
            for own, other in (
                (colour.redF(), behind.redF()),
                (colour.greenF(), behind.greenF()),
                (colour.blueF(), behind.blueF()),
            )
        )
    )
