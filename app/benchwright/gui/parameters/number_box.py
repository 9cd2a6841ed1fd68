"""A field for a number that takes any text and steps with the arrow keys; it changes nothing by itself."""

import math

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QAbstractSpinBox, QWidget

_DIGITS = 9


class NumberBox(QAbstractSpinBox):
    """Keeps what was typed, right or wrong: a number that changed by itself would be worse than a wrong one.

    Args:
        is_whole: whether steps are whole numbers.
        minimum: where stepping down ends, None for nowhere.
        maximum: where stepping up ends, None for nowhere.
    """

    def __init__(
        self, *, is_whole: bool, minimum: float | None, maximum: float | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._is_whole = is_whole
        self._minimum = -math.inf if minimum is None else minimum
        self._maximum = math.inf if maximum is None else maximum
        self.lineEdit().setAlignment(Qt.AlignmentFlag.AlignRight)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Let everything be typed; the form says what is wrong with it."""
        return (QValidator.State.Acceptable, text, position)

    def fixup(self, text: str) -> str:
        """Leave the text as it is."""
        return text

    def stepBy(self, steps: int) -> None:
        """Go up or down by one in the second digit of the number, or by whole numbers."""
        value = self._number()
        stepped = value + steps * self._step(value)
        stepped = min(max(stepped, self._minimum), self._maximum)
        self.lineEdit().setText(f"{round(stepped)}" if self._is_whole else f"{stepped:.{_DIGITS}g}")
        self.selectAll()

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        """Return the directions that are left."""
        value = self._number()
        up, down = (
            QAbstractSpinBox.StepEnabledFlag.StepUpEnabled,
            QAbstractSpinBox.StepEnabledFlag.StepDownEnabled,
        )
        flags = QAbstractSpinBox.StepEnabledFlag.StepNone
        if value < self._maximum:
            flags |= up
        if value > self._minimum:
            flags |= down
        return flags

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance("0") * 12, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance("0") * 8, super().minimumSizeHint().height())

    def _number(self) -> float:
        for text in (self.lineEdit().text(), self.lineEdit().placeholderText()):
            try:
                value = float(text)
            except ValueError:
                continue
            if math.isfinite(value):
                return value
        return min(max(0.0, self._minimum), self._maximum)

    def _step(self, value: float) -> float:
        if self._is_whole:
            return 1.0
        size = abs(value)
        if size == 0.0:
            span = self._maximum - self._minimum
            size = span if math.isfinite(span) and span > 0 else 1.0
        return float(10.0 ** (math.floor(math.log10(size)) - 1))
