"""The host's side of a script's calls: functions that Lua calls, none of which ever raises into Lua.

Each answers ``(True, value)``, ``(True, bytes, True)`` where the bytes hold a list or map for `codec.lua`,
``(False, message)`` for an error that the script may catch, or None where the run is over.
"""

from dataclasses import dataclass
from typing import Any, Final, Protocol

from benchwright.core.errors import ArgumentError, UnknownNameError
from benchwright.core.values import Value
from benchwright.engines.engine import HostFunction, InstrumentHandle
from benchwright.engines.lua.codec import decode, encode, fit_integer
from benchwright.engines.lua.ledger import Answer, Ledger
from benchwright.engines.lua.modules import Modules
from benchwright.engines.lua.rows import RowMaker

RECORD: Final = 0  # the number of `record`
_PLAIN: Final = frozenset({float, bool, type(None)})


class _Target(Protocol):
    def __call__(self, method: str, args: list[Value], kwargs: dict[str, Value], *, line: int) -> Value: ...


@dataclass(frozen=True)
class _Entry:
    """What a number stands for: how errors call it, the method's own name, and what does it."""

    call: str
    name: str
    target: _Target
    named: bool = False  # a table at the end names arguments
    lists: frozenset[int] = frozenset()  # positions of parameters that take a list


class HostBridge:
    """Everything of the host that one script can reach, by number."""

    def __init__(self, ledger: Ledger, rows: RowMaker, modules: Modules) -> None:
        self._ledger = ledger
        self._rows = rows
        self._modules = modules
        self._entries: list[_Entry] = [_Entry("record", "record", _function(_no_record))]
        self._record: HostFunction = _no_record
        self._instruments: list[tuple[str, InstrumentHandle]] = []

    def functions(self) -> dict[bytes, object]:
        """Return what the Lua half calls, by the names it uses."""
        named = (self.call, self.call_packed, self.write, self.record, self.refuse, self.no_instrument)
        functions: dict[bytes, object] = {function.__name__.encode(): function for function in named}
        return functions | {
            b"no_method": self.no_method,
            b"module": self.module,
            b"limit": self._ledger.limit,
            b"limit_memory": self._ledger.limit_memory,
        }

    def add_function(self, name: str, callback: HostFunction) -> int:
        """Return the number of a function."""
        if name == "record":
            self._record = callback
            self._entries[RECORD] = _Entry(name, name, _function(self._record_map))
            return RECORD
        first = ("stdout",) if name == "print" else ()
        self._entries.append(_Entry(name, name, _function(callback, *first)))
        return len(self._entries) - 1

    def add_instrument(self, name: str, handle: InstrumentHandle) -> tuple[int, list[tuple[str, int]]]:
        """Return the number of an instrument, and its methods with their numbers."""
        methods = []
        for method in handle.descriptor.methods:
            lists = frozenset(at for at, p in enumerate(method.parameters) if p.type == "list")
            methods.append((method.name, len(self._entries)))
            self._entries.append(_Entry(f"{name}.{method.name}", method.name, handle.call, True, lists))
        self._instruments.append((name, handle))
        return len(self._instruments) - 1, methods

    def call(self, number: int, line: int, *args: Any) -> Answer:
        """Call with numbers, booleans, nothing, and bytes that are known to be UTF-8."""
        if self._ledger.failure is not None:
            return None
        line = self._ledger.at(line)
        entry = self._entries[number]
        try:
            values = [arg.decode() if type(arg) is bytes else arg for arg in args]
            value = entry.target(entry.name, values, {}, line=line)
            if type(value) in _PLAIN:
                return True, value
            return self._reply(value)
        except BaseException as error:  # noqa: BLE001 - nothing may be raised into Lua
            return self._ledger.refused(error, entry.name)

    def call_packed(self, number: int, line: int, data: bytes) -> Answer:
        """Call with arguments among which are tables."""
        if self._ledger.failure is not None:
            return None
        line = self._ledger.at(line)
        entry = self._entries[number]
        try:
            args, kwargs = _split(entry, decode(data))
            return self._reply(entry.target(entry.name, args, kwargs, line=line))
        except BaseException as error:  # noqa: BLE001
            return self._ledger.refused(error, entry.name)

    def write(self, number: int, line: int, text: bytes) -> Answer:
        """Call with one text of any bytes; what is not UTF-8 is shown as the replacement character."""
        if self._ledger.failure is not None:
            return None
        line = self._ledger.at(line)
        entry = self._entries[number]
        try:
            entry.target(entry.name, [text.decode("utf-8", "replace")], {}, line=line)
        except BaseException as error:  # noqa: BLE001
            return self._ledger.refused(error, entry.name)
        return True, None

    def record(self, line: int, *pairs: Any) -> Answer:
        """Record a row of names and values by turns."""
        if self._ledger.failure is not None:
            return None
        self._ledger.at(line)
        try:
            self._record(self._rows.row(pairs))
        except BaseException as error:  # noqa: BLE001
            return self._ledger.refused(error, "record")
        return True, None

    def refuse(self, number: int, line: int, why: bytes) -> Answer:
        """Refuse an argument that cannot leave Lua."""
        self._ledger.at(line)
        entry = self._entries[number]
        return self._ledger.refused(ArgumentError(f"{entry.call} cannot take {why.decode()}"), entry.name)

    def no_instrument(self, line: int, name: bytes) -> Answer:
        """Refuse a name that is none of an instrument."""
        return self._unknown("instrument", name, line, [known for known, _ in self._instruments])

    def no_method(self, number: int, line: int, name: bytes) -> Answer:
        """Refuse a name that is none of a method."""
        owner, handle = self._instruments[number]
        known = [method.name for method in handle.descriptor.methods]
        return self._unknown("method", name, line, known, f" of {owner}")

    def module(self, line: int, importer: bytes, name: bytes) -> tuple[Any, ...] | None:
        """Return text and file name of a library script; `importer` is the one that wants it."""
        self._ledger.at(line)
        try:
            found = self._modules.find(importer.decode(), name.decode())
        except UnknownNameError as error:
            return self._ledger.refused(error, name.decode())
        return (True, *found) if self._ledger.has_room(len(found.source)) else None

    def _unknown(self, kind: str, name: bytes, line: int, known: list[str], where: str = "") -> Answer:
        self._ledger.at(line)
        shown = name.decode()[:100]
        return self._ledger.refused(UnknownNameError(kind, shown, known, where), shown)

    def _record_map(self, values: Value = None, *_: Value) -> None:
        if not isinstance(values, dict):
            raise ArgumentError("record takes named values, such as record{ angle = 45 }")
        self._record(self._rows.ordered(values))

    def _reply(self, value: Value) -> Answer:
        if value is None or isinstance(value, (bool, float)):
            return True, value
        if isinstance(value, int):
            return True, fit_integer(value)
        packed = not isinstance(value, str)
        data = encode(value) if packed else str(value).encode("utf-8", "replace")
        return (True, data, packed) if self._ledger.has_room(len(data)) else None


def _split(entry: _Entry, decoded: Value) -> tuple[list[Value], dict[str, Value]]:
    """Part the arguments of a call by position from those that a table at the end names."""
    args: list[Value] = decoded if isinstance(decoded, list) else []
    if entry.named and args:
        last = args[-1]
        if isinstance(last, dict):
            return args[:-1], last
        if last == [] and len(args) - 1 not in entry.lists:
            return args[:-1], {}
    return args, {}


def _function(callback: HostFunction, *first: Value) -> _Target:
    def target(method: str, args: list[Value], kwargs: dict[str, Value], *, line: int) -> Value:
        return callback(*first, *args)

    return target


def _no_record(*_: Value) -> None:
    """Stands in until the run offers `record`."""
