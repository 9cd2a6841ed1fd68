"""The row of tools at the top: what is done most, and how the next run is made."""

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QToolBar, QToolButton, QWidget

from benchwright.gui import actions
from benchwright.gui.run_controls import RunControls

_FILES: Final = ("action.new", "action.open", "action.save")  # their icons speak for themselves
_RUNS: Final = ("action.cancel", "action.pause")
_LEVELS: Final = range(4)
_BESIDE: Final = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
_ICON: Final = Qt.ToolButtonStyle.ToolButtonIconOnly


class ToolBar(QToolBar):
    """Gives up its words one after the other as the window gets narrow."""

    def __init__(self, actions_by_id: dict[str, QAction], controls: RunControls, parent: QWidget) -> None:
        super().__init__("Tools", parent)
        self._controls = controls
        self._actions_by_id = actions_by_id
        self.setObjectName("toolbar.main")
        self.setAccessibleName("Tools")
        self.setMovable(False)
        self.setToolButtonStyle(_BESIDE)
        self.setIconSize(QSize(16, 16))
        for action_id in actions.TOOL_BAR:
            if action_id:
                self.addAction(actions_by_id[action_id])
            else:
                self.addSeparator()
        self.addWidget(controls)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say as much in words as there is room for."""
        for level in _LEVELS:
            self._use(level)
            if self._wanted_width() <= event.size().width():
                break
        super().resizeEvent(event)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 20, super().minimumSizeHint().height())

    def _use(self, level: int) -> None:
        """Use words everywhere (0), fewer (1, 2), or only where an icon would be a riddle (3)."""
        self._style(_FILES, _ICON if level >= 1 else _BESIDE)
        self._controls.show_labels(level < 2)
        self._style(_RUNS, _ICON if level >= 3 else _BESIDE)

    def _style(self, names: tuple[str, ...], style: Qt.ToolButtonStyle) -> None:
        for name in names:
            button = self.widgetForAction(self._actions_by_id[name])
            if isinstance(button, QToolButton) and button.toolButtonStyle() is not style:
                button.setToolButtonStyle(style)

    def _wanted_width(self) -> int:
        """Return what the parts need now; the layout's own answer is from before they changed."""
        layout = self.layout()
        assert layout is not None
        parts = [self.widgetForAction(action).sizeHint().width() for action in self.actions()]
        margins = layout.contentsMargins()
        slack = 4 * self.fontMetrics().averageCharWidth()  # of the style's frame
        return sum(parts) + layout.spacing() * len(parts) + margins.left() + margins.right() + slack
