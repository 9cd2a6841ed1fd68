"""The instrument of the engines' tests: it keeps how it was called, and does nothing."""

from dataclasses import dataclass, field

from benchwright.core.descriptors import (
    InstrumentDescriptor,
    MethodDescriptor,
    MethodKind,
    ParameterDescriptor,
)
from benchwright.core.permissions import Permission
from benchwright.core.values import Value

MOVE = MethodDescriptor(
    name="move_absolute",
    kind=MethodKind.COMMAND,
    permission=Permission.DEVICE_CONTROL,
    parameters=(
        ParameterDescriptor(name="position", unit="deg", minimum=0.0, maximum=180.0),
        ParameterDescriptor(name="wait", type="boolean", required=False, default=True),
    ),
)
READ = MethodDescriptor(name="read", kind=MethodKind.QUERY, permission=Permission.DEVICE_READ, result="float")
ECHO = MethodDescriptor(
    name="echo",
    kind=MethodKind.QUERY,
    permission=Permission.DEVICE_READ,
    parameters=(ParameterDescriptor(name="values", type="list"),),
)
MOTOR = InstrumentDescriptor(name="motor", driver="test", methods=(MOVE, READ, ECHO))


@dataclass
class FakeInstrument:
    """Keeps its calls as (method, args, kwargs, line); answers with `reply` or raises `error`."""

    descriptor: InstrumentDescriptor = MOTOR
    reply: Value = 1.5
    error: BaseException | None = None
    calls: list[tuple[str, list[Value], dict[str, Value], int]] = field(default_factory=list)

    def call(
        self, method: str, args: list[Value], kwargs: dict[str, Value], *, line: int, concurrent: bool = False
    ) -> Value:
        self.calls.append((method, args, kwargs, line))
        if self.error is not None:
            raise self.error
        return self.reply
