"""One Lua runtime with the environment of a script in it, built by `prelude.lua`."""

from collections.abc import Mapping
from os import urandom
from typing import Any, Final, NamedTuple

from benchwright.core.limits import ScriptResourceLimits
from benchwright.core.script_messages import MAX_FRAME_BYTES
from benchwright.core.values import DEPTH, RECORD_COLUMNS, TEXT_BYTES, Value
from benchwright.engines.engine import HostFunction, InstrumentHandle
from benchwright.engines.host_api import NEVER_REFUSED
from benchwright.engines.lua.bridge import HostBridge
from benchwright.engines.lua.codec import decode, encode
from benchwright.engines.lua.runtime import SOURCES

_LUA_LIMITS: Final = (
    "max_memory_mb",
    "max_instructions",
    "max_string_length",
    "max_array_size",
    "max_variables",
)
_BOUNDS: Final = {b"text": TEXT_BYTES, b"depth": DEPTH, b"bytes": MAX_FRAME_BYTES, b"columns": RECORD_COLUMNS}


class Outcome(NamedTuple):
    """How a script ended: with a value, or with an error's text and the lines that were on the stack."""

    value: Value = None
    error: str | None = None
    trace: str = ""


class Sandbox:
    """What a script runs in; everything of the host reaches it through a bridge."""

    def __init__(self, runtime: Any, bridge: HostBridge, name: str, limits: ScriptResourceLimits) -> None:
        self._bridge = bridge
        given = {
            limit.encode(): value for limit in _LUA_LIMITS if (value := getattr(limits, limit)) is not None
        }
        made = runtime.execute(
            SOURCES[b"prelude"],
            runtime.table_from(SOURCES),
            runtime.table_from(bridge.functions()),
            b"=" + name.encode(),
            runtime.table_from({**_BOUNDS, b"seed": int.from_bytes(urandom(8), "big", signed=True)}),
            runtime.table_from(given),
            name=b"=[benchwright]",
            mode=b"t",
        )
        (
            self._run,
            self._add_function,
            self._add_instrument,
            self._set_global,
            self.environment,
        ) = made

    def add_function(self, name: str, callback: HostFunction) -> None:
        """Offer a function."""
        number = self._bridge.add_function(name, callback)
        self._add_function(name.encode(), number, name in NEVER_REFUSED)

    def add_instrument(self, name: str, handle: InstrumentHandle) -> None:
        """Offer an instrument."""
        number, methods = self._bridge.add_instrument(name, handle)
        flat = [part for method, at in methods for part in (method.encode(), at)]
        self._add_instrument(number, name.encode(), *flat)

    def set_params(self, params: Mapping[str, Value]) -> None:
        """Offer the values of the run's parameters as ``params``."""
        self._set_global(b"params", encode(dict(params)))

    def run(self, source: bytes) -> Outcome:
        """Run a text that is known to compile to its end.

        Raises:
            lupa.lua54.LuaError: the run was ended; the ledger knows by what.
        """
        done, text, trace = (*self._run(_without_tail_call(source), source), b"")[:3]
        if done:
            values = decode(text)
            return Outcome(values[0] if isinstance(values, list) else None)
        return Outcome(None, _shown(text), _shown(trace))


def _without_tail_call(source: bytes) -> bytes:
    """Return the text with a variable that is to be closed, which keeps a last ``return f()`` from being one.

    So the main chunk is still on the stack when `f` asks for the line. The variable's value is a global that
    there is not, or what the prelude gives in its place.
    """
    name = b"_main"
    while name in source:
        name += b"_"
    return b"local " + name + b" <close> = " + name + b"; " + source


def _shown(text: bytes | None) -> str:
    return (text or b"").decode("utf-8", "replace")
