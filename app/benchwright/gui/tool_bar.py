"""The row of tools at the top: what is done most, how the next run is made, and the emergency stop."""

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QToolBar, QToolButton, QWidget

from benchwright.gui import actions
from benchwright.gui.run_controls import RunControls
from benchwright.gui.widgets.estop_button import EStopButton
from benchwright.gui.widgets.named import named

_FILES: Final = ("action.new", "action.open", "action.save")  # their icons speak for themselves
_RUNS: Final = ("action.cancel", "action.pause")
_LEVELS: Final = range(4)
_BESIDE: Final = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
_ICON: Final = Qt.ToolButtonStyle.ToolButtonIconOnly


class ToolRow(QWidget):
    """Gives up words as the window gets narrow, then buttons; never the emergency stop."""

    def __init__(
        self,
        actions_by_id: dict[str, QAction],
        controls: RunControls,
        estop: EStopButton,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("tools")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._actions_by_id = actions_by_id
        self._controls = controls
        self._estop = estop
        self._bar = _bar(actions_by_id, self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 6, 0)
        layout.setSpacing(6)
        layout.addWidget(self._bar)
        layout.addWidget(controls)
        layout.addStretch(1)
        layout.addWidget(estop)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say as much in words as there is room for."""
        slack = self.fontMetrics().averageCharWidth() * 4  # "Resume" is longer than "Pause"
        for level in _LEVELS:
            self._use(level)
            if self._wanted_width() + slack <= event.size().width():
                break
        super().resizeEvent(event)

    def minimumSizeHint(self) -> QSize:
        """Be as narrow as the emergency stop, a button and the run controls let it."""
        width = self._estop.sizeHint().width() + self._controls.minimumSizeHint().width()
        return QSize(width + self._bar.minimumSizeHint().width(), super().minimumSizeHint().height())

    def _use(self, level: int) -> None:
        """Use words everywhere (0), fewer (1, 2), or only where an icon would be a riddle (3)."""
        self._style(_FILES, _ICON if level >= 1 else _BESIDE)
        self._controls.show_labels(level < 2)
        self._style(_RUNS, _ICON if level >= 3 else _BESIDE)

    def _style(self, names: tuple[str, ...], style: Qt.ToolButtonStyle) -> None:
        for name in names:
            button = self._bar.widgetForAction(self._actions_by_id[name])
            if isinstance(button, QToolButton) and button.toolButtonStyle() is not style:
                button.setToolButtonStyle(style)

    def _wanted_width(self) -> int:
        """Return what the parts need now; without this, layouts answer as they were before."""
        total = 0
        for part in (self._bar, self._controls, self._estop):
            layout = part.layout()
            if layout is not None:
                layout.invalidate()
            total += part.sizeHint().width() + 6
        return total


def _bar(actions_by_id: dict[str, QAction], parent: QWidget) -> QToolBar:
    bar = named(QToolBar("Tools", parent), "toolbar.main", "Tools")
    bar.setMovable(False)
    bar.setToolButtonStyle(_BESIDE)
    bar.setIconSize(QSize(16, 16))
    for action_id in actions.TOOL_BAR:
        if action_id:
            bar.addAction(actions_by_id[action_id])
        else:
            bar.addSeparator()
    return bar
