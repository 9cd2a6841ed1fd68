"""What the window remembers from one start to the next: its place, its layout, its panels, its runs."""

import base64
import logging
import threading
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QByteArray

from benchwright.bench.data_folder import DataFolder
from benchwright.core.errors import StorageError
from benchwright.gui.background import in_background

_log = logging.getLogger(__name__)
FILE = "desk.json"


class _Content(msgspec.Struct):
    geometry: str = ""
    layout: str = ""
    panels: dict[str, Any] = {}
    runs: dict[str, Any] = {}
    wants_tour: bool = True


class DeskState:
    """The file ``desk.json`` of a data folder; a damaged one is as good as none."""

    def __init__(self, data_dir: Path | None) -> None:
        self._folder = DataFolder.at(data_dir)
        self._content = self._read()
        self._last = b""
        self._number = self._written = 0  # of the latest state, and of the one on disk
        self._writing = threading.Lock()

    @property
    def geometry(self) -> QByteArray:
        """Place and size of the window."""
        return QByteArray.fromBase64(self._content.geometry.encode())

    @property
    def layout(self) -> QByteArray:
        """Place and size of docks and tool bars."""
        return QByteArray.fromBase64(self._content.layout.encode())

    @property
    def panels(self) -> dict[str, Any]:
        """What each panel remembers."""
        return self._content.panels

    @property
    def wants_tour(self) -> bool:
        """Whether the tour was neither done nor ended yet."""
        return self._content.wants_tour

    def forget_tour(self) -> None:
        """Never offer the tour again."""
        self._content.wants_tour = False

    @property
    def runs(self) -> dict[str, Any]:
        """What was chosen for the runs of each script."""
        return self._content.runs

    @runs.setter
    def runs(self, choices: dict[str, Any]) -> None:
        self._content.runs = choices

    def save(self, geometry: QByteArray, layout: QByteArray, panels: dict[str, Any]) -> None:
        """Write the file."""
        data = self._encode(geometry, layout, panels)
        self._number += 1
        self._write(data, self._number)

    def save_soon(self, geometry: QByteArray, layout: QByteArray, panels: dict[str, Any]) -> None:
        """Write the file in the background, if there is anything new."""
        data = self._encode(geometry, layout, panels)
        if data != self._last:
            self._last = data
            self._number += 1
            number = self._number
            in_background("desk state", lambda: self._write(data, number), lambda _: None)

    def _encode(self, geometry: QByteArray, layout: QByteArray, panels: dict[str, Any]) -> bytes:
        self._content.geometry = base64.b64encode(geometry.data()).decode()
        self._content.layout = base64.b64encode(layout.data()).decode()
        self._content.panels = panels
        return msgspec.json.encode(self._content)

    def _write(self, data: bytes, number: int) -> None:
        from benchwright.bench.storage.files import write_atomic

        with self._writing:
            if number < self._written:
                return  # something later is on disk already
            self._written = number
            try:
                DataFolder.open(self._folder.path)
                write_atomic(self._folder.path / FILE, data)
            except StorageError as error:
                _log.warning("the window's layout is not remembered: %s", error)

    def _read(self) -> _Content:
        try:
            return msgspec.json.decode((self._folder.path / FILE).read_bytes(), type=_Content)
        except FileNotFoundError:
            return _Content()
        except (OSError, msgspec.DecodeError) as error:
            _log.warning("the window's layout cannot be read: %s", error)
            return _Content()
