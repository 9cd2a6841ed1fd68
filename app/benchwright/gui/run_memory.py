"""What the operator chose for the next run of each script, where it is not what the script asks for."""

from typing import Any, Final

import msgspec

from benchwright.core.values import Value

_MAX_SCRIPTS: Final = 200


class RunChoices(msgspec.Struct, omit_defaults=True):
    """The operator's choices for one script; what is None or absent is as the script wants it."""

    parameters: dict[str, Value] = {}  # entries as they were typed
    timeout_s: float | None = None
    preset: str | None = None
    on_stop: str | None = None


class RunMemory:
    """Choices by script: its path, or the title of one that was never saved; the latest used are kept."""

    def __init__(self) -> None:
        self._choices: dict[str, RunChoices] = {}

    def of(self, file: str) -> RunChoices:
        """Return what was chosen for a script."""
        return self._choices.get(file, RunChoices())

    def keep(self, file: str, choices: RunChoices) -> None:
        """Remember what was chosen for a script."""
        self._choices.pop(file, None)
        if choices != RunChoices():
            self._choices[file] = choices
        while len(self._choices) > _MAX_SCRIPTS:
            del self._choices[next(iter(self._choices))]

    def rename(self, old: str, new: str) -> None:
        """Take note that a script has another name."""
        if old in self._choices:
            self._choices[new] = self._choices.pop(old)

    def save_state(self) -> dict[str, Any]:
        """Return all choices as plain values."""
        return {file: msgspec.to_builtins(choices) for file, choices in self._choices.items()}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take back what `save_state` returned; what makes no sense is left out."""
        for file, choices in state.items():
            try:
                self.keep(file, msgspec.convert(choices, RunChoices))
            except msgspec.ValidationError:
                continue
