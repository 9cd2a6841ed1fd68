"""The settings as a page: each with its field, in force as soon as it is chosen."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from benchwright.gui import theme
from benchwright.gui.parameters.field import ParameterField
from benchwright.gui.settings.store import Settings
from benchwright.gui.settings.table import SETTINGS, SettingRow
from benchwright.gui.widgets.named import named

_DELAY_MS = 400  # while somebody types


class SettingsPage(QDialog):
    """Not modal: what it changes is seen behind it."""

    file_wanted = Signal()  # show the file in the editor

    def __init__(self, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("settings.page")
        self.setWindowTitle("Settings")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._settings = settings
        self._is_quiet = False
        self._changed: set[str] = set()
        self._timer = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._timer.timeout.connect(self._keep)
        self.fields: dict[str, ParameterField] = {}
        layout = QVBoxLayout(self)
        layout.addLayout(self._build_form())
        self._problem = QLabel(self)
        self._problem.setObjectName("settings.problem")
        self._problem.setWordWrap(True)
        layout.addWidget(self._problem)
        layout.addStretch(1)
        layout.addLayout(self._build_buttons())
        settings.changed.connect(self._show_values)
        settings.problems_changed.connect(self._show_problem)
        self._show_values()

    def done(self, result: int) -> None:
        """Keep what was typed last."""
        self._keep()
        super().done(result)

    def _build_form(self) -> QFormLayout:
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        form.setVerticalSpacing(self.fontMetrics().height() // 2)
        table = ""
        for row in SETTINGS:
            if row.table != table:
                table = row.table
                heading = QLabel(f"<b>{table.capitalize()}</b>", self)
                form.addRow(heading)
            field = self.fields[row.key] = ParameterField(row.value, self, has_label=False)
            field.changed.connect(self._noting(row))
            about = QLabel(row.value.help, self)
            about.setEnabled(False)
            line = QHBoxLayout()
            line.addWidget(field, 1)
            if row.files:
                line.addWidget(self._choose_button(row, field))
            place = QVBoxLayout()
            place.setSpacing(2)
            place.addLayout(line)
            place.addWidget(about)
            label = QLabel("" if row.value.type == "boolean" else row.value.label, self)
            label.setBuddy(field.input)
            form.addRow(label, place)
        return form

    def _choose_button(self, row: SettingRow, field: ParameterField) -> QPushButton:
        button = named(
            QPushButton("Choose…", self),
            f"settings.choose.{row.value.name}",
            f"Choose the file: {row.value.label}",
        )
        button.setAutoDefault(False)

        def choose() -> None:
            dialog = QFileDialog(self, row.value.label, str(Path(str(field.entry())).parent))
            dialog.setOption(QFileDialog.Option.DontUseNativeDialog)  # the emergency keys work in our own
            dialog.setNameFilters([row.files, "All files (*)"])
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.fileSelected.connect(field.set_entry)
            dialog.open()

        button.clicked.connect(choose)
        return button

    def _build_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        as_text = QPushButton("Open settings.toml in the editor", self)
        as_text.setObjectName("settings.open_file")
        as_text.setAutoDefault(False)
        as_text.clicked.connect(self.file_wanted)
        close = QPushButton("Close", self)
        close.setDefault(True)
        close.clicked.connect(self.accept)
        row.addWidget(as_text)
        row.addStretch(1)
        row.addWidget(close)
        return row

    def _noting(self, row: SettingRow) -> Callable[[], None]:
        def note() -> None:
            if not self._is_quiet:
                self._changed.add(row.key)
                self._timer.start()
                self._show_problem()

        return note

    def _keep(self) -> None:
        self._timer.stop()
        changed = {key: self.fields[key].value() for key in self._changed if not self.fields[key].problem()}
        self._changed.clear()
        for key, value in changed.items():
            self._settings.set(key, value)

    def _show_values(self) -> None:
        self._is_quiet = True
        for key, field in self.fields.items():
            if key not in self._changed and (field.problem() or field.value() != self._settings.value(key)):
                field.set_entry(self._settings.value(key))
            field.refresh()
        self._is_quiet = False
        self._show_problem()

    def _show_problem(self) -> None:
        told = [field.problem() for field in self.fields.values()]
        told += [problem.text for problem in self._settings.problems]
        self._problem.setText("\n".join(f"{each}." for each in told if each))
        self._problem.setStyleSheet(f"color: {theme.current().error};")
