"""The fields of the metadata form: each shows one key of the TOML, and tells what the person made of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

_BY_TOML: Final = {True: "true", False: "false"}


class Field(Protocol):
    """One key of the metadata in the form; `value` is None where the TOML shall not have it."""

    @property
    def key(self) -> str: ...
    @property
    def widget(self) -> QWidget: ...
    def value(self) -> Any:
        """Return what the TOML shall say."""
        ...


class FieldSignals(QObject):
    """Tells that some field was changed."""

    changed = Signal()


class TextField:
    """A line of text, or a list of texts between commas."""

    def __init__(self, key: str, raw: Any, signals: FieldSignals, *, is_list: bool = False) -> None:
        self.key = key
        self._is_list = is_list
        self.widget = QLineEdit(_joined(raw) if is_list else str(raw or ""))
        self.widget.setPlaceholderText("words, between commas" if is_list else "")
        self.widget.textChanged.connect(signals.changed)

    def value(self) -> Any:
        text = self.widget.text().strip()
        if self._is_list:
            return _split(text) or None
        return text or None


class LongTextField:
    """Some lines of text."""

    def __init__(self, key: str, raw: Any, signals: FieldSignals) -> None:
        self.key = key
        self.widget = QPlainTextEdit(str(raw or ""))
        self.widget.setTabChangesFocus(True)
        self.widget.setFixedHeight(self.widget.fontMetrics().height() * 4)
        self.widget.textChanged.connect(signals.changed)

    def value(self) -> Any:
        return self.widget.toPlainText().strip() or None


class ChoiceField:
    """One of some words, or none of them."""

    def __init__(
        self, key: str, raw: Any, signals: FieldSignals, words: Mapping[str, str], none: str
    ) -> None:
        self.key = key
        self.widget = QComboBox()
        self.widget.addItem(none, None)
        for word, meaning in words.items():
            self.widget.addItem(meaning, word)
        self.widget.setCurrentIndex(max(0, self.widget.findData(raw)))
        self.widget.currentIndexChanged.connect(signals.changed)

    def value(self) -> Any:
        return self.widget.currentData()


class ChecksField:
    """Some of the words, each with its meaning."""

    def __init__(self, key: str, raw: Sequence[str], signals: FieldSignals, words: Mapping[str, str]) -> None:
        self.key = key
        self.widget = QWidget()
        layout = QVBoxLayout(self.widget)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        self.boxes: dict[str, QCheckBox] = {}
        for word, meaning in words.items():
            box = self.boxes[word] = QCheckBox(f"{meaning[:1].upper()}{meaning[1:]}  ({word})")
            box.setChecked(word in raw)
            box.toggled.connect(signals.changed)
            layout.addWidget(box)

    def value(self) -> Any:
        return [word for word, box in self.boxes.items() if box.isChecked()]


class NumbersField:
    """A table of numbers by name, each of which may be left out."""

    def __init__(
        self, key: str, raw: Mapping[str, Any], signals: FieldSignals, words: Mapping[str, str]
    ) -> None:
        self.key = key
        self.widget = QWidget()
        layout = QGridLayout(self.widget)
        layout.setContentsMargins(0, 0, 0, 0)
        self.lines: dict[str, QLineEdit] = {}
        for row, (name, meaning) in enumerate(words.items()):
            line = self.lines[name] = QLineEdit(_shown(raw.get(name)))
            line.setPlaceholderText("the bench's")
            line.setAccessibleName(meaning)
            line.setToolTip(name)
            line.textChanged.connect(signals.changed)
            layout.addWidget(QLabel(meaning), row // 2, row % 2 * 2)
            layout.addWidget(line, row // 2, row % 2 * 2 + 1)

    def value(self) -> Any:
        texts = {name: line.text().strip() for name, line in self.lines.items()}
        return {name: _as_number(text) for name, text in texts.items() if text} or None


class TableField:
    """Rows of cells that a person adds and takes away."""

    def __init__(
        self,
        key: str,
        rows: Iterable[Sequence[str]],
        signals: FieldSignals,
        columns: Sequence[str],
        wide: str,
        what: str,
    ) -> None:
        self.key = key
        self._signals = signals
        self.widget = QWidget()
        self.table = QTableWidget(0, len(columns))
        self.table.setHorizontalHeaderLabels(list(columns))
        self.table.verticalHeader().hide()
        self.table.setAccessibleName(what)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.AllEditTriggers)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(columns.index(wide), QHeaderView.ResizeMode.Stretch)
        height = self.table.fontMetrics().height()
        self.table.verticalHeader().setDefaultSectionSize(height * 3 // 2)
        for row in rows:
            self.add_row(row)
        self.table.setFixedHeight(height * (4 + 3 * min(4, self.table.rowCount() + 1) // 2))
        self.table.itemChanged.connect(lambda _: signals.changed.emit())
        add, remove = QPushButton(f"Add a {what}"), QPushButton("Take away")
        add.clicked.connect(self._on_add)
        remove.clicked.connect(self._on_remove)
        buttons = QHBoxLayout()
        buttons.addWidget(add)
        buttons.addWidget(remove)
        buttons.addStretch(1)
        layout = QVBoxLayout(self.widget)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)
        layout.addLayout(buttons)

    def add_row(self, cells: Sequence[str] = ()) -> None:
        """Add a row, an empty one by default."""
        at = self.table.rowCount()
        self.table.insertRow(at)
        for column in range(self.table.columnCount()):
            item = QTableWidgetItem(cells[column] if cells else "")
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            self.table.setItem(at, column, item)

    def rows(self) -> list[tuple[str, ...]]:
        """Return the cells of each row that is not empty."""
        cells = [
            tuple(self._cell(row, column) for column in range(self.table.columnCount()))
            for row in range(self.table.rowCount())
        ]
        return [row for row in cells if any(row)]

    def _cell(self, row: int, column: int) -> str:
        item = self.table.item(row, column)
        return item.text().strip() if item is not None else ""

    def _on_add(self) -> None:
        self.add_row()
        self.table.setCurrentCell(self.table.rowCount() - 1, 0)
        self.table.edit(self.table.currentIndex())

    def _on_remove(self) -> None:
        self.table.removeRow(self.table.currentRow())
        self._signals.changed.emit()


class ParametersField(TableField):
    """The parameters that the script takes."""

    COLUMNS = ("Name", "Label", "Default", "Unit", "From", "To", "Choices", "Type")
    _KEYS = ("label", "default", "unit", "minimum", "maximum", "choices", "type")

    def __init__(self, raw: Mapping[str, Any], signals: FieldSignals) -> None:
        self._before = {_parameter_row(name, each, self._KEYS): each for name, each in raw.items()}
        super().__init__("parameters", self._before, signals, self.COLUMNS, "Label", "parameter")

    def value(self) -> Any:
        values: dict[str, Any] = {}
        for row in self.rows():
            name = f"{row[0]} (again)" if row[0] in values else row[0]  # no name, which is then told
            values[name] = self._before.get(row) or self._table(row)
        return values or None

    def _table(self, row: tuple[str, ...]) -> dict[str, Any]:
        cells = dict(zip(self._KEYS, row[1:], strict=True))
        values: dict[str, Any] = {key: text for key, text in cells.items() if text}
        for key in {"default", "minimum", "maximum"} & values.keys():
            values[key] = _typed(values[key], cells["type"])
        if "choices" in values:
            values["choices"] = [_typed(text, cells["type"]) for text in _split(values["choices"])]
        return values


class PlotsField(TableField):
    """The plots that the script wants to see."""

    COLUMNS = ("x", "y, between commas", "z of a map", "Title", "Units, as x = mm, y = W")

    def __init__(self, raw: Sequence[Mapping[str, Any]], signals: FieldSignals) -> None:
        self._before = {_plot_row(each): each for each in raw}
        super().__init__("plots", self._before, signals, self.COLUMNS, "Title", "plot")

    def value(self) -> Any:
        return [self._before.get(row) or _plot(*row) for row in self.rows()] or None


def _plot_row(raw: Mapping[str, Any]) -> tuple[str, ...]:
    units = ", ".join(f"{name} = {unit}" for name, unit in raw.get("units", {}).items())
    return (
        str(raw.get("x", "")),
        _joined(raw.get("y")),
        str(raw.get("z", "")),
        str(raw.get("title", "")),
        units,
    )


def _plot(x: str, y: str, z: str, title: str, units: str) -> dict[str, Any]:
    pairs = [part.partition("=") for part in _split(units)]
    by_column = {name.strip(): unit.strip() for name, equals, unit in pairs if equals}
    values = {"x": x, "y": _split(y), "z": z, "title": title, "units": by_column}
    if len(by_column) < len(pairs):
        values["units"] = units  # which is then told to be no table
    return {key: value for key, value in values.items() if value}


def _parameter_row(name: str, raw: Mapping[str, Any], keys: Iterable[str]) -> tuple[str, ...]:
    return (name, *(_joined(raw[key]) if key in raw else "" for key in keys))


def _typed(text: str, type_: str) -> Any:
    """Return a cell as the TOML shall have it: of the type that is named, else of the one it looks like."""
    if type_ in ("text", "string", "str"):
        return text
    if text in ("true", "false"):
        return text == "true"
    return _as_number(text)


def _as_number(text: str) -> Any:
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            continue
    return text


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return _BY_TOML[value]
    return "" if value is None else str(value)


def _joined(value: Any) -> str:
    return ", ".join(map(_shown, value)) if isinstance(value, list) else _shown(value)


def _split(text: str) -> list[str]:
    return [word for word in (part.strip() for part in text.split(",")) if word]
