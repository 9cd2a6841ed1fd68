"""Turns what ended a Python script into an error of ours, with line, column and a traceback of the script."""

from collections.abc import Collection
from itertools import islice
from types import TracebackType

from benchwright.core.errors import (
    ERRORS_BY_CODE,
    BenchwrightError,
    ExecutionError,
    ResourceLimitExceeded,
    did_you_mean,
)
from benchwright.core.limits import ScriptResourceLimits
from benchwright.core.values import shown
from benchwright.engines.python.frames import ScriptFrames
from benchwright.engines.python.positions import Text
from benchwright.engines.python.tracebacks import cut, script_traceback

MESSAGE_BYTES = 4096
_SHOWN_LEAVES = 5  # of a group of errors


class Failures:
    """Describes what ended a script.

    Args:
        frames: which frames are the script's.
        source: its text.
        limits: the limits of its run.
        files: names of all files of the script, its library scripts included.
    """

    def __init__(
        self, frames: ScriptFrames, source: str, limits: ScriptResourceLimits, files: Collection[str]
    ) -> None:
        self._frames = frames
        self._text = Text(source)
        self._limits = limits
        self._files = files

    def describe(self, error: BaseException, known_names: Collection[str]) -> BenchwrightError | None:
        """Return the error to report, None where the script left of its own will.

        Args:
            error: what left the script; an error of the host keeps its class.
            known_names: what a misspelt name could have meant.
        """
        try:
            return self._describe(_without_group(error), known_names)
        except BaseException:  # noqa: BLE001  # the script's own class may raise anything at any touch
            return ExecutionError("the script ended with an error that cannot be read")

    def _describe(self, error: BaseException, known_names: Collection[str]) -> BenchwrightError | None:
        if isinstance(error, SystemExit) and _is_success(error.code):
            return None
        line, column = self._place(error.__traceback__)
        if isinstance(error, MemoryError):
            return ResourceLimitExceeded("max_memory_mb", self._limits.max_memory_mb, line)
        described = _of_host(error) or ExecutionError(cut(_message(error, known_names), MESSAGE_BYTES))
        text = script_traceback(error, self._files)
        for name, value in (("line", line), ("column", column), ("traceback", text)):
            setattr(described, name, value)
        if place := self._place_in_module(error.__traceback__):
            described.args = (f"{place}: {described}",)
        return described

    def _place(self, traceback: TracebackType | None) -> tuple[int | None, int | None]:
        entry = self._frames.innermost(traceback)
        if entry is None:
            return None, None
        positions = entry.tb_frame.f_code.co_positions()
        line, _, offset, _ = next(islice(positions, entry.tb_lasti // 2, None), (None,) * 4)
        if line is None or line != entry.tb_lineno or offset is None:
            return entry.tb_lineno, None
        return line, self._text.column(line, offset)

    def _place_in_module(self, traceback: TracebackType | None) -> str:
        """Return file and line of the library script in which an error arose, if it was one."""
        place = ""
        while traceback is not None:
            file = traceback.tb_frame.f_code.co_filename
            if file in self._files:
                place = "" if file == self._frames.file else f"{file}:{traceback.tb_lineno}"
            traceback = traceback.tb_next
        return place


def _without_group(error: BaseException) -> BaseException:
    """Return the only error of a group, such as a task group makes; of several, the group."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _of_host(error: BaseException) -> BenchwrightError | None:
    """Return an error of the host as it came, or as its nearest known class where the script changed it."""
    if not isinstance(error, BenchwrightError):
        return None
    text = cut(_text(error), MESSAGE_BYTES)
    if type(error) in ERRORS_BY_CODE.values() and error.args == (text,):
        return error
    ours = [known for known in ERRORS_BY_CODE.values() if isinstance(error, known)]
    nearest = max(ours, key=lambda known: len(known.__mro__), default=BenchwrightError)
    return nearest.from_message(text)


def _message(error: BaseException, known_names: Collection[str]) -> str:
    if isinstance(error, SystemExit):
        status = shown(int(error.code)) if isinstance(error.code, int) else None
        return f"the script left with exit status {status}" if status else _text(error)
    if isinstance(error, KeyboardInterrupt):
        return "the script was interrupted"
    kind, text = _kind(type(error)), _text(error)
    message = f"{kind}: {text}" if text else kind
    if isinstance(error, NameError) and error.name:
        message += did_you_mean(error.name, known_names)
    if isinstance(error, BaseExceptionGroup):
        leaves = "; ".join(_message(leaf, known_names) for leaf in error.exceptions[:_SHOWN_LEAVES])
        message += f": {leaves}"
    return message


def _is_success(status: object) -> bool:
    return status is None or (isinstance(status, int) and int(status) == 0)


def _kind(kind: type[BaseException]) -> str:
    module = kind.__module__
    return kind.__qualname__ if module in {"builtins", "__main__"} else f"{module}.{kind.__qualname__}"


def _text(error: BaseException) -> str:
    try:
        text = str(error)
    except BaseException:  # noqa: BLE001  # the script's own class may raise anything here
        return "(its text cannot be read)"
    return text
