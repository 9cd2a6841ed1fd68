"""Whoever does not see the window is told what each part of it is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QTextEdit,
    QWidget,
)

from benchwright.gui import theme
from benchwright.gui.application import make_application
from benchwright.gui.main_window import MainWindow
from tests.gui.shell import run_to_end, shell, wait_until

_ACTIVE = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
)
_OWN_PARTS = (QAbstractSpinBox, QComboBox, QHeaderView, QLineEdit, QTabBar)  # Qt made what is in them


def _active_parts(window: MainWindow) -> Iterator[QWidget]:
    for part in window.findChildren(QWidget):
        is_ours = not isinstance(part, QHeaderView) and not part.objectName().startswith("qt_")
        if not (is_ours and isinstance(part, _ACTIVE)):
            continue
        if not any(isinstance(above, _OWN_PARTS) for above in _above(part)):
            yield part


def _above(part: QWidget) -> Iterator[QWidget]:
    above = part.parentWidget()
    while above is not None:
        yield above
        above = above.parentWidget()


def _contrast(one: QColor, other: QColor) -> float:
    """Return the contrast of two colours as the Web Content Accessibility Guidelines define it (1.4.3)."""

    def luminance(colour: QColor) -> float:
        parts = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4
                 for each in (colour.redF(), colour.greenF(), colour.blueF())]  # fmt: skip
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("chosen", theme.THEMES.values(), ids=theme.THEMES)
def test_what_stands_back_can_still_be_read(chosen: theme.Theme) -> None:
    app = make_application()
    before = theme.current()
    theme.apply(app, chosen)
    try:
        label, field = QApplication.palette(QLabel()), QApplication.palette(QLineEdit())
        faint = label.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText)
        assert faint.alpha() == 255
        assert _contrast(faint, QColor(chosen.background)) >= 4.5
        hint = field.color(QPalette.ColorRole.PlaceholderText)
        assert _contrast(hint, field.color(QPalette.ColorRole.Base)) >= 4.5
        for role in ("text", "muted", "accent", "error", "warning", "ok"):
            assert _contrast(QColor(getattr(chosen, role)), QColor(chosen.surface)) >= 4.5, role
    finally:
        theme.apply(app, before)


def test_everything_that_can_be_used_says_what_it_is(tmp_path: Path) -> None:
    with shell(tmp_path / "data") as window:
        wait_until(lambda: window.model.descriptors)
        run_to_end(window, "record{a = 1}\nrecord{a = 2}")
        parts = list(_active_parts(window))
        assert len(parts) > 80
        nameless = [
            (type(part).__name__, part.objectName(), type(part.parent()).__name__)
            for part in parts
            if not part.accessibleName() and not (isinstance(part, QAbstractButton) and part.text())
        ]
        assert nameless == []
