"""Whoever does not see the window is told what each part of it is."""

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QTextEdit,
    QWidget,
)

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
