"""How a curve looks: which of the theme's colours it has, and how fine its line is."""

from typing import Final, NamedTuple

from PySide6.QtGui import QColor

from benchwright.gui.theme import Theme

_SHARE: Final = 0.35  # of its colour that the curve of an earlier run keeps
_MARKED_POINTS: Final = 60  # up to here each point is marked by a dot
_THICK_POINTS: Final = (
    200  # up to here lines are thick; beyond, that takes Qt half a second for a noisy curve
)
_SMOOTH_POINTS: Final = 1000  # up to here lines are smooth
_LINE_WIDTH: Final = 1.6


class LineLook(NamedTuple):
    """How a line of so many points is drawn, so that it takes little time."""

    width: float
    is_smooth: bool
    is_marked: bool


def line_look(points: int) -> LineLook:
    """Return how a line of so many points is drawn."""
    width = _LINE_WIDTH if points <= _THICK_POINTS else 1
    return LineLook(width, points <= _SMOOTH_POINTS, points <= _MARKED_POINTS)


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
