"""A line that says when the configuration is another than the bench runs with, and starts the bench again."""

import hashlib
from pathlib import Path
from typing import Final

from PySide6.QtCore import QFileSystemWatcher, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from benchwright.core.errors import BenchwrightError
from benchwright.core.operator_messages import ListActiveRuns
from benchwright.gui.background import in_background
from benchwright.gui.controls import Controls
from benchwright.gui.engine_thread import Answered, BenchAttached, BenchLost
from benchwright.gui.session import RunModel
from benchwright.gui.widgets.named import named

_SETTLE_MS: Final = 200


class ConfigNotice(QFrame):
    """Watches the file; hidden while the bench runs with what is in it."""

    def __init__(self, model: RunModel, controls: Controls, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("instruments.notice")
        self.setProperty("banner", "notice")
        self._model = model
        self._controls = controls
        self._added: list[str] = []
        self._asked: ListActiveRuns | None = None
        self._watched: Path | None = None
        self._watcher = QFileSystemWatcher(self)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._text = QLabel()
        self._text.setObjectName("notice.text")
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._restart = named(QPushButton("Restart"), "notice.restart", "Restart the bench")
        row = QHBoxLayout(self)
        space = self.fontMetrics().height() // 3
        row.setContentsMargins(2 * space, space, 2 * space, space)
        row.addWidget(self._text, 1)
        row.addWidget(self._restart)
        self.hide()
        self._restart.clicked.connect(self._ask_for_runs)
        self._watcher.fileChanged.connect(lambda _: self._settle.start())
        self._watcher.directoryChanged.connect(lambda _: self._settle.start())
        self._settle.timeout.connect(self._look)
        model.bench_changed.connect(self._on_bench)
        model.answered.connect(self._on_answer)

    @property
    def path(self) -> Path | None:
        """The configuration of the bench, else where one of its own goes; None before the first bench."""
        bench = self._model.bench
        if isinstance(bench, BenchLost):
            return bench.config_file or self._watched  # perhaps it is what keeps a bench from starting
        if bench is None:
            return self._watched
        named = str(bench.status.get("config_file") or "")
        folder = str(bench.status.get("data_dir") or "")
        return Path(named) if named else Path(folder) / "bench.toml" if folder else None

    def tell_added(self, name: str, path: Path) -> None:
        """Say that an instrument is in the file, and not yet on the bench."""
        self._added.append(name)
        self._watch(path)
        self._tell(f"{' and '.join(self._added)} {'is' if len(self._added) == 1 else 'are'} in {path.name}.")

    def _on_bench(self) -> None:
        self._added.clear()
        self.hide()
        path = self.path
        if path is not None:
            self._watch(path)
            self._look()

    def _watch(self, path: Path) -> None:
        self._watched = path
        old = [*self._watcher.files(), *self._watcher.directories()]
        if old:
            self._watcher.removePaths(old)
        self._watcher.addPaths([str(each) for each in (path, path.parent) if each.exists()])

    def _look(self) -> None:
        if self._watched is not None:
            path = self._watched
            in_background("configuration", lambda: _sha256(path), self._on_looked, owner=self)

    def _on_looked(self, found: str) -> None:
        """Compare with what the bench runs with; the hash of a file that is gone is empty."""
        bench = self._model.bench
        path = self._watched
        if path is None or not isinstance(bench, BenchAttached):
            return
        if found and str(path) not in self._watcher.files():
            self._watcher.addPath(str(path))  # it was replaced
        if not found or found == bench.status.get("config_hash"):
            self.hide()
        elif not self._added:
            self._tell(f"{path.name} is another than the bench runs with.")

    def _tell(self, text: str) -> None:
        self._text.setText(f"{text} Restart the bench to use it.")
        self.show()

    # --- the restart ---------------------------------------------------------------------------------------

    def _ask_for_runs(self) -> None:
        self._asked = ListActiveRuns()
        self._controls.ask(self._asked)

    def _on_answer(self, answered: Answered) -> None:
        if self._asked is None or answered.request is not self._asked:
            return
        self._asked = None
        runs = answered.value
        if answered.error is not None:
            self._text.setText(answered.error.message)
        elif isinstance(runs, list) and runs:
            names = ", ".join(str(each["script"]) for each in runs if isinstance(each, dict))
            self._text.setText(f"{names} is running. Restart the bench when it is over.")
        elif self._watched is not None:
            path = self._watched
            in_background("configuration", lambda: _check(path), self._restart_with, self._on_problem, self)

    def _restart_with(self, path: Path) -> None:
        self.hide()
        self._controls.restart_wanted.emit(path)

    def _on_problem(self, error: BenchwrightError) -> None:
        self._text.setText(f"{error.message}. The bench goes on as it is.")


def _check(path: Path) -> Path:
    """Return the path of a configuration that a bench can start with, or raise what is wrong with it."""
    from benchwright.instruments.config import Config

    Config.from_file(path)
    return path


def _sha256(path: Path) -> str:
    try:
        text = path.read_bytes().decode("utf-8", errors="replace")
    except OSError:
        return ""
    return hashlib.sha256(text.encode()).hexdigest()
