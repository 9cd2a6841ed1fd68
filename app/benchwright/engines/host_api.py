"""All that a script can call besides its language and its instruments: one table for both languages.

Engines offer `instruments`, `params` and, in Lua, `require` themselves; every other name of the table is
registered by the worker with `ScriptEngine.register_function`. A function takes its parameters by position.
"""

from typing import Any

from benchwright.core.descriptors import MethodDescriptor, MethodKind, ParameterDescriptor
from benchwright.core.permissions import Permission

QUERY, COMMAND = MethodKind.QUERY, MethodKind.COMMAND
READ, CONTROL = Permission.DEVICE_READ, Permission.DEVICE_CONTROL


def _function(
    name: str,
    text: str,
    *parameters: ParameterDescriptor,
    kind: MethodKind = QUERY,
    permission: Permission | None = None,
    result: str = "",
    waits: bool = False,
) -> tuple[MethodDescriptor, Permission | None]:
    descriptor = MethodDescriptor(
        name=name,
        kind=kind,
        permission=permission or READ,
        parameters=parameters,
        result=result,
        help=text,
        waits=waits,
    )
    return descriptor, permission


def _parameter(name: str, type_: str, text: str, **more: Any) -> ParameterDescriptor:
    return ParameterDescriptor(name=name, type=type_, help=text, **more)


_TEXT = _parameter("text", "text", "what to write")

# What runs inside the worker: the bench is told, not asked.
_LOCAL = (
    _function("record", "Record one row of named values.", _parameter("values", "map", "values by name")),
    _function(
        "progress",
        "Report how far the script is.",
        _parameter("done", "float", "steps done"),
        _parameter("total", "float", "steps in all"),
    ),
    _function(
        "sleep",
        "Wait; ends at once when the run is stopped.",
        _parameter("seconds", "float", "how long", unit="s", minimum=0.0, maximum=10.0),
    ),
    _function("log_info", "Write a line to the run's log.", _TEXT),
    _function("log_warn", "Write a warning to the run's log.", _TEXT),
    _function("log_error", "Write an error to the run's log.", _TEXT),
)

# What the bench does for a script: one exchange each.
_BENCH = (
    _function("checkpoint", "Where a pause takes hold and the run goes on from.", waits=True),
    _function(
        "ask",
        "Ask the operator and wait for the answer.",
        _parameter("question", "text", "the question"),
        _parameter("choices", "list", "possible answers", required=False, default=["ok", "cancel"]),
        result="text",
        waits=True,
    ),
    _function("emergency_stop", "Stop everything on the bench at once.", kind=COMMAND),
    _function(
        "system_info",
        "Tell about this computer and Benchwright.",
        permission=Permission.SYSTEM_INFO,
        result="map",
    ),
    _function(
        "device_set_motor_speed",
        "Set the speed of a motor of the controller board.",
        _parameter("id", "integer", "motor", minimum=0, maximum=255),
        _parameter("speed", "float", "speed", unit="%", minimum=-100, maximum=100),
        kind=COMMAND,
        permission=CONTROL,
    ),
    _function(
        "device_set_digital_output",
        "Switch a digital output of the controller board.",
        _parameter("pin", "integer", "output", minimum=0, maximum=255),
        _parameter("state", "boolean", "on or off"),
        kind=COMMAND,
        permission=CONTROL,
    ),
    _function("device_emergency_stop", "Stop everything on the bench at once.", kind=COMMAND),
    _function("device_get_status", "Tell the state of the controller board.", permission=READ, result="map"),
    _function(
        "telemetry_read",
        "Read the latest values of up to 10 telemetry channels.",
        _parameter("channels", "list", "channel names, such as esp300.position"),
        permission=Permission.TELEMETRY_READ,
        result="map",
    ),
)

LOCAL_FUNCTIONS: dict[str, MethodDescriptor] = {d.name: d for d, _ in _LOCAL}
BENCH_FUNCTIONS: dict[str, MethodDescriptor] = {d.name: d for d, _ in _BENCH}
HOST_FUNCTIONS: dict[str, MethodDescriptor] = LOCAL_FUNCTIONS | BENCH_FUNCTIONS
FUNCTION_PERMISSIONS: dict[str, Permission | None] = {d.name: p for d, p in _LOCAL + _BENCH}
NEVER_REFUSED = frozenset({"emergency_stop", "device_emergency_stop"})  # whatever they are called with
MAX_TELEMETRY_CHANNELS = 10
