"""Runs Python scripts against a bench made of fakes that note what they are asked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchwright.core.descriptors import (
    InstrumentDescriptor,
    MethodDescriptor,
    MethodKind,
    ParameterDescriptor,
)
from benchwright.core.errors import BenchwrightError, ResourceLimitExceeded
from benchwright.core.permissions import Permission
from benchwright.core.results import ScriptResult
from benchwright.core.values import Value
from benchwright.engines.engine import EngineSettings
from benchwright.engines.host_api import HOST_FUNCTIONS
from benchwright.engines.python.engine import PythonEngine

MOTOR = InstrumentDescriptor(
    name="esp300",
    driver="newport_esp300",
    maker="Newport",
    model="ESP300",
    help="A motion controller.",
    methods=(
        MethodDescriptor(
            name="move_absolute",
            kind=MethodKind.COMMAND,
            permission=Permission.DEVICE_CONTROL,
            parameters=(
                ParameterDescriptor(name="position", minimum=0.0, maximum=180.0, unit="deg", help="where to"),
                ParameterDescriptor(name="wait", type="boolean", required=False, default=True),
            ),
            help="Move to a position.",
        ),
        MethodDescriptor(
            name="get_position",
            kind=MethodKind.QUERY,
            permission=Permission.DEVICE_READ,
            result="float",
            unit="deg",
            help="Tell the position.",
        ),
    ),
)
METER = InstrumentDescriptor(
    name="newport",
    driver="newport_1830c",
    methods=(
        MethodDescriptor(
            name="read_power",
            kind=MethodKind.QUERY,
            permission=Permission.DEVICE_READ,
            result="float",
            unit="W",
            help="Measure.",
        ),
    ),
)
INSTRUMENTS = {"esp300": MOTOR, "newport": METER}


@dataclass
class Run:
    """What a script did."""

    result: ScriptResult | None = None
    error: Any = None
    calls: list[tuple[Any, ...]] = field(default_factory=list)  # instrument, method, args, kwargs
    lines: list[int] = field(default_factory=list)  # of the calls
    concurrent: list[bool] = field(default_factory=list)
    host_calls: list[tuple[Any, ...]] = field(default_factory=list)  # name, args
    rows: list[dict[str, Value]] = field(default_factory=list)
    output: list[tuple[str, str]] = field(default_factory=list)
    limits: list[ResourceLimitExceeded] = field(default_factory=list)

    @property
    def stdout(self) -> list[str]:
        return [text for stream, text in self.output if stream == "stdout"]

    @property
    def stderr(self) -> list[str]:
        return [text for stream, text in self.output if stream == "stderr"]

    @property
    def value(self) -> Value:
        assert self.error is None, (self.error, self.error.traceback)
        assert self.result is not None
        return self.result.value


@dataclass
class FakeHandle:
    """An instrument that answers what `answer` gives for a method and its arguments."""

    descriptor: InstrumentDescriptor
    run: Run
    answer: Callable[..., Value]

    def call(
        self, method: str, args: list[Value], kwargs: dict[str, Value], *, line: int, concurrent: bool = False
    ) -> Value:
        self.run.calls.append((self.descriptor.name, method, args, kwargs))
        self.run.lines.append(line)
        self.run.concurrent.append(concurrent)
        return self.answer(method, *args, **kwargs)


def make_engine(
    run: Run, answer: Callable[..., Value] = lambda *_, **__: 1.5, **settings: Any
) -> PythonEngine:
    settings.setdefault("script_name", "scan.py")
    engine = PythonEngine(EngineSettings(**settings), on_limit=run.limits.append)
    for name, descriptor in INSTRUMENTS.items():
        engine.register_instrument(name, FakeHandle(descriptor, run, answer))
    for name in HOST_FUNCTIONS:
        engine.register_function(name, lambda *args, name=name: run.host_calls.append((name, *args)))
    engine.register_function("record", run.rows.append)
    engine.register_function("print", lambda stream, text: run.output.append((stream, text)))
    return engine


def run_script(source: str, answer: Callable[..., Value] = lambda *_, **__: 1.5, **settings: Any) -> Run:
    """Run a script; what it raises is in `error`."""
    run = Run()
    engine = make_engine(run, answer, **settings)
    try:
        run.result = engine.execute_script(source)
    except BenchwrightError as error:
        run.error = error
    return run


def value_of(expression: str, **settings: Any) -> Value:
    """Return the result of a script of one expression."""
    return run_script(f"result = {expression}", **settings).value


def without_carets(traceback: str) -> list[str]:
    """Return the lines of a traceback but for the marks below them, which differ from Python to Python."""
    return [line for line in traceback.splitlines() if not set(line) <= set(" ~^")]


def kind(error: Any) -> type:
    """Return the type of an error, in a way that does not narrow it for the type checker."""
    return type(error)
