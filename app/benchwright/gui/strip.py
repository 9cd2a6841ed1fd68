"""A row across the window under its tool bar, there only while it has something to show."""

from PySide6.QtCore import QEvent, QObject, SignalInstance
from PySide6.QtWidgets import QMainWindow, QToolBar, QWidget


class Strip(QToolBar):
    """Shows and hides itself as its content fills and empties.

    Args:
        object_name: by which the window remembers it.
        title: what the menu of tool bars calls it.
        content: what it shows.
        filled: tells whether there is anything in it.
        window: where it is added, below the tool bars that are there.
    """

    def __init__(
        self, object_name: str, title: str, content: QWidget, filled: SignalInstance, window: QMainWindow
    ) -> None:
        super().__init__(title, window)
        self._is_filled = False
        self.setObjectName(object_name)
        self.setAccessibleName(title)
        self.setMovable(False)
        self._content = content
        self.addWidget(content)
        content.installEventFilter(self)
        self.toggleViewAction().setVisible(False)
        filled.connect(self._on_filled)
        window.addToolBarBreak()
        window.addToolBar(self)
        self.hide()

    def show_if_filled(self) -> None:
        """Be there or not, whatever a remembered layout says."""
        self.setVisible(self._is_filled)

    def _on_filled(self, is_filled: bool) -> None:
        if is_filled != self._is_filled:
            self._is_filled = is_filled
            self.show_if_filled()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Give the content the height that it needs at its width; a tool bar does not ask for that."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            height = self._content.heightForWidth(self._content.width())
            if height > 0 and height != self._content.minimumHeight():
                self._content.setFixedHeight(height)
        return super().eventFilter(watched, event)
