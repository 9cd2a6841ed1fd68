"""The base class of every driver."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from benchwright.core.descriptors import (
    InstrumentDescriptor,
    MethodDescriptor,
    MethodKind,
    ParameterDescriptor,
)
from benchwright.core.errors import (
    ArgumentError,
    ConfigurationError,
    SenselessReply,
    listed,
)
from benchwright.core.values import Value, is_finite
from benchwright.instruments.calls import current_scope
from benchwright.instruments.descriptor import DESCRIPTOR_ATTRIBUTE
from benchwright.instruments.port import Port, SyncQuestion

SoftLimits = Mapping[str, tuple[float, float]]

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


class Instrument(ABC):
    """One instrument: declared methods over a port, and a safe state.

    Args:
        name: the instrument's name on this bench.
        port: its open or closed port.
        options: the driver's own settings from the config; `OPTIONS` says which there are.
        limits: soft limits (minimum, maximum) by name; they narrow the parameters of that name.
    """

    MAKER: ClassVar[str] = ""
    MODEL: ClassVar[str] = ""
    WRITE_TERMINATOR: bytes = b"\n"
    READ_TERMINATOR: bytes = b"\n"
    MIN_INTERVAL_S: ClassVar[float] = 0.0  # shortest time between two commands
    STOP_BYTES: bytes = b""  # sent beside any exchange by an emergency stop; empty: there are none
    # a question and the pattern of its answer, which no other answer has: brings late replies in step again
    SYNC: ClassVar[tuple[str, str] | None] = None
    OPTIONS: ClassVar[Mapping[str, ParameterDescriptor]] = {}

    def __init__(
        self,
        name: str,
        port: Port,
        options: Mapping[str, Any] | None = None,
        limits: SoftLimits | None = None,
    ) -> None:
        self.name = name
        self.port = port
        self.options = self.check_options(options or {})
        self.limits = dict(limits or {})
        declared = self.declared_methods(self.options)
        self._check_limit_names(declared)
        self.methods = {m.name: _narrowed(m, self.limits) for m in declared}
        port.sync = SyncQuestion(self.SYNC[0], re.compile(self.SYNC[1])) if self.SYNC else None
        port.on_connected = self.on_connected

    def on_connected(self) -> None:  # noqa: B027 - not every instrument has something to ask
        """Ask what must be known before anything else, each time the link was opened; must change nothing."""

    @abstractmethod
    def safe_state(self) -> None:
        """Bring the instrument where it can do no harm and confirm it: what an emergency stop does."""

    @abstractmethod
    def identify(self) -> str:
        """Return what the instrument says it is."""

    def hold(self) -> None:  # noqa: B027 - not every instrument moves
        """Halt motion and leave outputs as they are; the default has nothing to halt."""

    def snapshot(self) -> dict[str, Value]:
        """Return the setpoints that `restore` takes back; empty where there is nothing to return to."""
        return {}

    def restore(self, snapshot: Mapping[str, Any]) -> None:  # noqa: B027 - see `snapshot`
        """Go back to the setpoints of a `snapshot`."""

    def invoke(self, method: str, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """Call a declared method by name: the one way in for scripts, operators and telemetry.

        Raises:
            UnknownNameError: there is no such method.
            ArgumentError: the arguments do not fit.
            InstrumentError: the instrument did not do it.
        """
        self.descriptor.method(method) if method not in self.methods else None
        value: Value = getattr(self, method)(*args, **kwargs)
        return value

    @property
    def descriptor(self) -> InstrumentDescriptor:
        """What this instrument can do, soft limits included."""
        return self.describe(self.name, self.methods.values())

    @classmethod
    def describe(cls, name: str, methods: Any = None) -> InstrumentDescriptor:
        """Describe an instrument of this class without opening one."""
        return InstrumentDescriptor(
            name=name,
            driver=cls.__module__.rsplit(".", 2)[-2],
            maker=cls.MAKER,
            model=cls.MODEL,
            help=(cls.__doc__ or "").split("\n")[0],
            methods=tuple(methods if methods is not None else cls.declared_methods({})),
        )

    @classmethod
    def of_model(cls, model: str) -> "type[Instrument]":
        """Return the driver for one model, where a driver is for any of many.

        Raises:
            ConfigurationError: it is not.
        """
        raise ConfigurationError(
            f"this driver is for one model and has nothing behind a colon, found {model!r}"
        )

    @classmethod
    def declared_methods(cls, options: Mapping[str, Any]) -> list[MethodDescriptor]:
        """List the methods declared with `@query` and `@command`, in the order of the class's text."""
        found: dict[str, MethodDescriptor] = {}
        for base in reversed(cls.__mro__):
            for name, member in vars(base).items():
                descriptor = getattr(member, DESCRIPTOR_ATTRIBUTE, None)
                if descriptor is not None:
                    found[name] = descriptor
        return list(found.values())

    @classmethod
    def check_options(cls, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the driver's options with defaults filled in.

        Raises:
            ConfigurationError: an unknown option, or one whose value does not fit.
        """
        for key in options:
            if key not in cls.OPTIONS:
                raise ConfigurationError(
                    f"unknown option; {cls.__name__} takes {listed(cls.OPTIONS)}", key=key
                )
        try:
            return {key: p.check(options.get(key, p.default), "options") for key, p in cls.OPTIONS.items()}
        except ArgumentError as error:
            raise ConfigurationError(error.message) from None

    def _check_limit_names(self, methods: list[MethodDescriptor]) -> None:
        known = {p.limit for m in methods for p in m.parameters if p.type in ("float", "integer")}
        for name in self.limits:
            if name not in known:
                raise ConfigurationError(f"no soft limit {name!r}; there is {listed(known)}", key="limits")

    def check_limit(self, limit: str, value: float, unit: str = "") -> None:
        """Check a value that a driver works out itself, such as the target of a relative move.

        Raises:
            ArgumentError: it is outside the soft limit.
        """
        low, high = self.limits.get(limit, (float("-inf"), float("inf")))
        if not low <= value <= high:
            raise ArgumentError(
                f"{self.name}: {limit} {value:g} {unit} is outside {low:g} to {high:g} {unit}"
            )

    def wait(self, seconds: float) -> None:
        """Wait on behalf of the caller; ends at once when the caller is stopped."""
        current_scope().wait(seconds)

    def parse_float(self, reply: str, question: str) -> float:
        """Return the number in a reply.

        Raises:
            InstrumentError: the reply is no finite number in decimal notation.
        """
        number = float(reply) if is_number(reply) else float("inf")
        if not is_finite(number):
            raise self.senseless(reply, question, "a number")
        return number

    def parse_integer(self, reply: str, question: str) -> int:
        """Return the whole number in a reply.

        Raises:
            InstrumentError: the reply is no whole number.
        """
        number = self.parse_float(reply, question)
        if not number.is_integer():
            raise self.senseless(reply, question, "a whole number")
        return int(number)

    def parse_boolean(self, reply: str, question: str) -> bool:
        """Return the state in a reply: 1 or ON, 0 or OFF.

        Raises:
            InstrumentError: the reply is neither.
        """
        state = {"1": True, "ON": True, "0": False, "OFF": False}.get(reply.upper())
        if state is None:
            raise self.senseless(reply, question, "0 or 1")
        return state

    def ask_text(self, question: str, pattern: str, expected: str) -> str:
        """Return a reply that is text.

        Args:
            question: what to send.
            pattern: what the whole reply must match.
            expected: the same in words, such as ``a serial number``.

        Raises:
            InstrumentError: the reply does not match.
        """
        reply = self.port.query(question)
        if not re.fullmatch(pattern, reply, re.ASCII):
            raise self.senseless(reply, question, expected)
        return reply

    def senseless(self, reply: str, question: str, expected: str) -> SenselessReply:
        """Return the error of a reply that does not answer the question; the input is then not trusted."""
        self.port.distrust_input()
        return SenselessReply(self.name, f"answered {reply[:80]!r} to {question}, not {expected}")


def is_number(reply: str) -> bool:
    """Tell whether a reply is a number in decimal notation."""
    return _NUMBER.fullmatch(reply) is not None


def is_query(method: MethodDescriptor) -> bool:
    """Tell whether a method only reads."""
    return method.kind is MethodKind.QUERY


def _narrowed(method: MethodDescriptor, limits: SoftLimits) -> MethodDescriptor:
    parameters = tuple(_narrow(p, limits[p.limit]) if p.limit in limits else p for p in method.parameters)
    return msgspec.structs.replace(method, parameters=parameters)


def _narrow(parameter: ParameterDescriptor, limit: tuple[float, float]) -> ParameterDescriptor:
    if parameter.type not in ("float", "integer"):
        return parameter
    low, high = limit
    minimum = low if parameter.minimum is None else max(low, parameter.minimum)
    maximum = high if parameter.maximum is None else min(high, parameter.maximum)
    return msgspec.structs.replace(parameter, minimum=minimum, maximum=maximum)
