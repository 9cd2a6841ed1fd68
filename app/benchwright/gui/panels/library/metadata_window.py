"""The form of a script's metadata."""

import re
import tomllib
from typing import Any, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from benchwright.bench.library.metadata_editing import edited_metadata
from benchwright.core.errors import BenchwrightError
from benchwright.core.limits import LIMIT_NAMES, Preset
from benchwright.core.permissions import DEFAULT_PERMISSIONS, MEANINGS
from benchwright.engines.registry import engine_languages
from benchwright.gui import theme
from benchwright.gui.background import in_background
from benchwright.gui.panels.library.form_fields import (
    ChecksField,
    ChoiceField,
    Field,
    FieldSignals,
    LongTextField,
    NumbersField,
    ParametersField,
    PlotsField,
    TextField,
)

_LIMITS: Final = {
    "max_execution_time_s": "Time (s)",
    "max_memory_mb": "Memory (MB)",
    "max_scratch_mb": "Files it writes (MB)",
    "max_instructions": "Instructions",
    "max_string_length": "Longest text",
    "max_array_size": "Longest list",
    "max_variables": "Variables",
    "max_output_lines": "Printed lines",
    "max_record_rows": "Recorded rows",
}
_ON_STOP: Final = {
    "safe": "put instruments in their safe state",
    "hold": "hold: motion halts, outputs stay",
    "return": "return to the setpoints from before",
}
_CHECK_MS: Final = 200  # after the last change


class MetadataWindow(QWidget):
    """All that the TOML beside a script says, to be filled in; what is not changed stays as it is written.

    Args:
        title: what the script is called.
        text: the TOML as it is, which is valid.
        parent: what it belongs to.
    """

    save_wanted = Signal(object)  # dict of changed values by key

    def __init__(self, title: str, text: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("library.metadata")
        self.setWindowTitle(f"Metadata of {title}")
        self._title = title
        self._text = text
        self._signals = FieldSignals(self)
        self.fields = _fields(tomllib.loads(text.removeprefix("\ufeff")), self._signals)
        self._before = {key: field.value() for key, (_, field) in self.fields.items()}
        self._build()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_CHECK_MS)
        self._timer.timeout.connect(self._check)
        self._signals.changed.connect(self._timer.start)

    def changes(self) -> dict[str, Any]:
        """Return the values that are others than before, None for those that are to go."""
        now = {key: field.value() for key, (_, field) in self.fields.items()}
        return {key: value for key, value in now.items() if value != self._before[key]}

    def show_problem(self, text: str) -> None:
        """Say what is wrong with what was filled in, and mark its field; nothing where `text` is empty."""
        text = re.sub(rf"^{re.escape(self._title)}(:\d+)?: ", "", text)  # the form is no file with lines
        self.problem.setText(text)
        self.save.setEnabled(not text)
        wrong = re.match(r"\w*", text)
        for key, label in self._labels.items():
            is_wrong = wrong is not None and key == wrong.group()
            label.setStyleSheet(f"color: {theme.current().error}" if is_wrong else "")

    def _on_theme(self, _: object = None) -> None:
        colours = theme.current()
        self.problem.setStyleSheet(f"color: {colours.error}")
        self._page.setStyleSheet(f"QPlainTextEdit, QTableView {{ border: 1px solid {colours.border}; }}")

    def _build(self) -> None:
        page = self._page = QWidget()
        self._labels: dict[str, QLabel] = {}
        form = QFormLayout(page)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        for title, field in self.fields.values():
            field.widget.setAccessibleName(title.replace("&", ""))
            field.widget.setObjectName(f"library.metadata.{field.key}")
            label = self._labels[field.key] = QLabel(title)
            label.setBuddy(field.widget)
            form.addRow(label, field.widget)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(page)
        self.problem = QLabel(self)
        self.problem.setWordWrap(True)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.save = QPushButton("Save", self)
        self.save.setDefault(True)
        self.save.clicked.connect(lambda: self.save_wanted.emit(self.changes()))
        leave = QPushButton("Cancel", self)
        leave.clicked.connect(self.close)
        for keys, button in (("Ctrl+S", self.save), ("Esc", leave)):
            QShortcut(QKeySequence(keys), self).activated.connect(button.click)
        bottom = QHBoxLayout()
        bottom.addWidget(self.problem, 1)
        bottom.addWidget(self.save)
        bottom.addWidget(leave)
        layout = QVBoxLayout(self)
        layout.addWidget(scroll, 1)
        layout.addLayout(bottom)
        theme.watcher.changed.connect(self._on_theme)
        self._on_theme()
        self.resize(self.fontMetrics().averageCharWidth() * 140, self.fontMetrics().height() * 46)

    def _check(self) -> None:
        changes, text, title = self.changes(), self._text, self._title

        def passed(_: str) -> None:
            self.show_problem("")

        def failed(error: BenchwrightError) -> None:
            self.show_problem(error.message)

        in_background("metadata", lambda: edited_metadata(text, changes, title), passed, failed, self)


def _fields(raw: dict[str, Any], signals: FieldSignals) -> dict[str, tuple[str, Field]]:
    """Return the fields by key, each with its title, in the order that they are shown in."""
    permissions = raw.get("permissions", sorted(DEFAULT_PERMISSIONS))
    limits = {name: _LIMITS.get(name, name) for name in LIMIT_NAMES}
    presets = {str(each): str(each) for each in Preset}
    languages = {each: each for each in engine_languages()}

    def text(key: str, *, is_list: bool = False) -> TextField:
        return TextField(key, raw.get(key), signals, is_list=is_list)

    def choice(key: str, words: dict[str, str], none: str) -> ChoiceField:
        return ChoiceField(key, raw.get(key), signals, words, none)

    titled: list[tuple[str, Field]] = [
        ("&Name", text("name")),
        ("&Version", text("version")),
        ("&Author", text("author")),
        ("&Description", LongTextField("description", raw.get("description"), signals)),
        ("&Tags", text("tags", is_list=True)),
        ("May", ChecksField("permissions", permissions, signals, {str(e): m for e, m in MEANINGS.items()})),
        ("&Parameters", ParametersField(raw.get("parameters", {}), signals)),
        ("P&lots", PlotsField(raw.get("plots", []), signals)),
        ("Limits", NumbersField("limits", raw.get("limits", {}), signals, limits)),
        ("Pr&eset", choice("preset", presets, "the bench's")),
        ("When st&opped", choice("on_stop", _ON_STOP, "as the bench does")),
        ("Needs &scripts", text("dependencies", is_list=True)),
        ("Needs for &itself", text("exclusive", is_list=True)),
        ("Needs &Benchwright", text("min_engine_version")),
        ("Lan&guage", choice("language", languages, "by the name of the file")),
    ]
    return {field.key: (title, field) for title, field in titled}
