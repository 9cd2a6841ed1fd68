"""What simulated SCPI instruments share: command headers, common commands, the error queue.

Source: SCPI-1999 volume 1, chapters 4 (common commands), 6 (program headers) and 21.8 (error queue).
"""

import re
from collections import deque
from collections.abc import Callable
from functools import cache
from typing import ClassVar, TypeVar

from benchwright.instruments.simulation.simulator import Simulator
from benchwright.instruments.simulation.world import World

_ERRORS_KEPT = 20
_ERRORS = {
    0: "No error",
    -104: "Data type error",
    -108: "Parameter not allowed",
    -109: "Missing parameter",
    -113: "Undefined header",
    -222: "Data out of range",
    -224: "Illegal parameter value",
    -350: "Queue overflow",
}
OVERLOAD = 9.9e37  # stands for infinity in a reply, SCPI-1999 7.2.1.4

_Handler = Callable[[str], str | None]
_HEADER_ATTRIBUTE = "__scpi_header__"
_Method = TypeVar("_Method", bound=Callable[..., str | None])


class ScpiError(Exception):
    """A command that ends in an error of the queue."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def scpi(header: str) -> Callable[[_Method], _Method]:
    """Declare the method that carries out a header such as ``MEASure:VOLTage[:DC]?``."""

    def mark(method: _Method) -> _Method:
        setattr(method, _HEADER_ATTRIBUTE, header)
        return method

    return mark


class ScpiSimulator(Simulator):
    """A SCPI instrument; a subclass declares its headers with `scpi`.

    Replies to the queries of one line come as one line, joined by ``;``.
    """

    IDENTITY: ClassVar[str] = ""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._errors: deque[int] = deque()
        self._handlers: list[tuple[re.Pattern[str], _Handler]] = [
            (_header_pattern(header), getattr(self, name))
            for name, member in _members(type(self))
            if (header := getattr(member, _HEADER_ATTRIBUTE, None))
        ]

    def respond(self, line: str) -> list[str]:
        replies = [self._respond_one(command.strip()) for command in line.split(";")]
        given = [reply for reply in replies if reply is not None]
        return [";".join(given)] if given else []

    def _respond_one(self, command: str) -> str | None:
        header, _, parameter = command.partition(" ")
        if not header:
            return None
        try:
            return self._handler(header)(parameter.strip())
        except ScpiError as error:
            self._note(error.code)
            return None

    def _handler(self, header: str) -> _Handler:
        for pattern, handler in self._handlers:
            if pattern.fullmatch(header):
                return handler
        raise ScpiError(-113)

    def _note(self, code: int) -> None:
        if len(self._errors) < _ERRORS_KEPT:
            self._errors.append(code)
        else:
            self._errors[-1] = -350

    def reset(self) -> None:
        """Go to the state that ``*RST`` means."""

    @scpi("*IDN?")
    def identify(self, parameter: str) -> str:
        return self.IDENTITY

    @scpi("*RST")
    def on_reset(self, parameter: str) -> None:
        self.reset()

    @scpi("*CLS")
    def clear_status(self, parameter: str) -> None:
        self._errors.clear()

    @scpi("*OPC?")
    def operation_complete(self, parameter: str) -> str:
        return "1"

    @scpi("SYSTem:ERRor[:NEXT]?")
    def next_error(self, parameter: str) -> str:
        code = self._errors.popleft() if self._errors else 0
        return f'{code:+d},"{_ERRORS[code]}"'


def number(parameter: str, low: float, high: float) -> float:
    """Read a number from `low` to `high`; ``MIN`` and ``MAX`` stand for them.

    Raises:
        ScpiError: it is missing, no number or out of range.
    """
    if not parameter:
        raise ScpiError(-109)
    bounds = {"MIN": low, "MINIMUM": low, "MAX": high, "MAXIMUM": high}
    try:
        value = bounds.get(parameter.upper())
        value = float(parameter) if value is None else value
    except ValueError:
        raise ScpiError(-104) from None
    if not low <= value <= high:
        raise ScpiError(-222)
    return value


def boolean(parameter: str) -> bool:
    """Read ``ON``, ``OFF``, ``1`` or ``0``.

    Raises:
        ScpiError: it is something else.
    """
    states = {"ON": True, "1": True, "OFF": False, "0": False}
    if parameter.upper() not in states:
        raise ScpiError(-224 if parameter else -109)
    return states[parameter.upper()]


@cache
def _header_pattern(header: str) -> re.Pattern[str]:
    """Return what matches a header in its short and long form, such as ``VOLT`` and ``VOLTage``."""
    text = re.sub(r"\[([^]]*)\]", r"(?:\1)?", header.replace("?", r"\?").replace("*", r"\*"))
    text = re.sub(r"([A-Z]+)([a-z]+)", r"\1(?:\2)?", text)
    return re.compile(f":?{text}", re.IGNORECASE | re.ASCII)


def _members(cls: type) -> list[tuple[str, object]]:
    return [item for base in reversed(cls.__mro__) for item in vars(base).items()]
