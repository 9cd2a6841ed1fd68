"""The menu of files that were open lately."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QMenu, QWidget


class RecentMenu(QMenu):
    """Asks which files there are each time it is opened.

    Args:
        files: the files, latest first.
        open_file: opens one.
    """

    def __init__(
        self, files: Callable[[], list[Path]], open_file: Callable[[Path], object], parent: QWidget
    ) -> None:
        super().__init__("Open re&cent", parent)
        self.setObjectName("menu.recent")
        self._files = files
        self._open_file = open_file
        self.aboutToShow.connect(self.fill)
        self.fill()

    def fill(self) -> None:
        """List the files anew."""
        self.clear()
        files = self._files()
        names = [path.name for path in files]
        for number, path in enumerate(files, start=1):
            where = f" – {path.parent}" if names.count(path.name) > 1 else ""
            key = f"&{number} " if number < 10 else ""
            action = self.addAction(key + f"{path.name}{where}".replace("&", "&&"))
            action.setToolTip(str(path))
            action.triggered.connect(lambda _=False, path=path: self._open_file(path))
        if not files:
            self.addAction("No file was open yet").setEnabled(False)
        self.setToolTipsVisible(True)
