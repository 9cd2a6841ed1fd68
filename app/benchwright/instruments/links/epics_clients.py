"""Clients of the two protocols of EPICS: pvAccess by p4p, Channel Access by aioca; imported by need."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable
from functools import cache
from typing import Any, Final, Protocol

Answer = Callable[[dict[str, Any]], None]  # told once, in any thread

_ENUM: Final = 3  # DBF_ENUM
_CLOSE_S: Final = 2.0
_GONE: Final = ("Disconnected", "Cancelled", "Finished")


class Client(Protocol):
    """A connection to process variables; no method blocks."""

    def missing(self) -> list[str]:
        """Return the names of those that are not connected."""
        ...

    def get(self, name: str, answer: Answer) -> None:
        """Ask for a value, severity and text of the alarm, and the choice of an enumeration."""
        ...

    def put(self, name: str, value: Any, wait: bool, answer: Answer) -> None:
        """Set a value; `wait` until the server is done with it, not only has it."""
        ...

    def close(self) -> None:
        """Give up what is under way."""
        ...


def make_client(provider: str, names: Iterable[str], on_change: Callable[[], None]) -> Client:
    """Return a client that connects to process variables and goes on trying; tells when one came or went."""
    return (_PvaClient if provider == "pva" else _CaClient)(names, on_change)


class _PvaClient:
    def __init__(self, names: Iterable[str], on_change: Callable[[], None]) -> None:
        from p4p.client.raw import Context

        self._context = Context("pva", useenv=True, nt=False)
        self._on_change = on_change
        self._connected: dict[str, bool] = dict.fromkeys(names, False)
        self._operations: dict[int, Any] = {}  # one that nobody holds is cancelled
        self._finished: list[int] = []
        self._count = 0
        self._subscriptions: dict[str, Any] = {}
        self._lock = threading.Lock()  # an event may come before the subscription is known
        with self._lock:
            for name in self._connected:
                self._subscriptions[name] = self._watch(name)

    def _watch(self, name: str) -> Any:
        def on_event() -> None:
            with self._lock:
                subscription = self._subscriptions[name]
            while (event := subscription.pop()) is not None:
                self._connected[name] = type(event).__name__ not in _GONE
            self._on_change()

        return self._context.monitor(name, on_event, "field(alarm)")

    def missing(self) -> list[str]:
        return [name for name, is_connected in self._connected.items() if not is_connected]

    def get(self, name: str, answer: Answer) -> None:
        self._keep(lambda done: self._context.get(name, done), answer, _pva_value)

    def put(self, name: str, value: Any, wait: bool, answer: Answer) -> None:
        def build(target: Any) -> None:
            current = target["value"]
            if hasattr(current, "choices"):
                target["value.index"] = _index(value, list(current.choices))
            else:
                target["value"] = value

        request = self._context._request(wait=True) if wait else None
        self._keep(
            lambda done: self._context.put(name, done, build, request, get=True), answer, lambda value: {}
        )

    def _keep(
        self,
        start: Callable[[Callable[[Any], None]], Any],
        answer: Answer,
        read: Callable[[Any], dict[str, Any]],
    ) -> None:
        while self._finished:  # let go of here, as the library's own thread must not
            self._operations.pop(self._finished.pop(), None)
        self._count += 1
        number = self._count

        def done(result: Any) -> None:
            self._finished.append(number)
            if isinstance(result, Exception):
                answer({"error": str(result) or type(result).__name__})
            else:
                answer(read(result))

        self._operations[number] = start(done)

    def close(self) -> None:
        for subscription in self._subscriptions.values():
            subscription.close()
        self._context.close()
        self._operations.clear()


def _pva_value(value: Any) -> dict[str, Any]:
    reply = {"severity": int(value.get("alarm.severity", 0)), "alarm": str(value.get("alarm.message", ""))}
    found = value["value"]
    if hasattr(found, "choices"):
        choices = list(found.choices)
        return {"value": int(found.index), "choice": choices[found.index] if choices else "", **reply}
    return {"value": found.tolist() if hasattr(found, "tolist") else found, **reply}


def _index(value: Any, choices: list[str]) -> int:
    if not isinstance(value, str):
        return int(value)
    if value not in choices:
        raise ValueError(f"{value!r} is none of {', '.join(choices)}")
    return choices.index(value)


class _CaClient:
    """Channel Access; aioca lives in one loop, which all instruments share."""

    def __init__(self, names: Iterable[str], on_change: Callable[[], None]) -> None:
        self._connected: dict[str, bool] = dict.fromkeys(names, False)
        self._on_change = on_change
        self._subscriptions: list[Any] = []
        self._under_way: set[Any] = set()
        self._run(self._subscribe())

    async def _subscribe(self) -> None:
        import aioca

        def watch(name: str) -> Any:
            def on_event(value: Any) -> None:
                self._connected[name] = bool(value.ok)
                self._on_change()

            return aioca.camonitor(name, on_event, count=1, notify_disconnect=True)

        self._subscriptions = [watch(name) for name in self._connected]

    def missing(self) -> list[str]:
        return [name for name, is_connected in self._connected.items() if not is_connected]

    def get(self, name: str, answer: Answer) -> None:
        self._run(self._get(name, answer))

    async def _get(self, name: str, answer: Answer) -> None:
        import aioca

        value = await aioca.caget(name, format=aioca.FORMAT_CTRL, throw=False, timeout=None)
        if not value.ok:
            answer({"error": str(value)})
            return
        plain = value.tolist() if hasattr(value, "tolist") else _plain(value)
        reply = {"value": plain, "severity": int(value.severity), "alarm": _alarm(value.status)}
        if value.datatype == _ENUM and isinstance(plain, int):
            reply["choice"] = value.enums[plain] if plain < len(value.enums) else ""
        answer(reply)

    def put(self, name: str, value: Any, wait: bool, answer: Answer) -> None:
        self._run(self._put(name, int(value) if isinstance(value, bool) else value, wait, answer))

    async def _put(self, name: str, value: Any, wait: bool, answer: Answer) -> None:
        import aioca

        done = await aioca.caput(name, value, wait=wait, throw=False, timeout=None)
        answer({} if done.ok else {"error": str(done)})

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        future = asyncio.run_coroutine_threadsafe(work, _ca_loop())
        self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)

    def close(self) -> None:
        for future in list(self._under_way):
            future.cancel()

        async def unsubscribe() -> None:
            for subscription in self._subscriptions:
                subscription.close()

        asyncio.run_coroutine_threadsafe(unsubscribe(), _ca_loop()).result(_CLOSE_S)


def _alarm(status: int) -> str:
    """Return the name of an alarm status, empty for none. Source: alarm.h of EPICS."""
    names = [
        "READ",
        "WRITE",
        "HIHI",
        "HIGH",
        "LOLO",
        "LOW",
        "STATE",
        "COS",
        "COMM",
        "TIMEOUT",
        "HWLIMIT",
        "CALC",
        "SCAN",
        "LINK",
        "SOFT",
        "BAD_SUB",
        "UDF",
        "DISABLE",
        "SIMM",
        "READ_ACCESS",
        "WRITE_ACCESS",
    ]
    return "" if status == 0 else names[status - 1] if status <= len(names) else f"status {status}"


def _plain(value: Any) -> Any:
    """Return a number or text without what aioca adds to it."""
    return next((kind(value) for kind in (int, float) if isinstance(value, kind)), str(value))


@cache
def _ca_loop() -> asyncio.AbstractEventLoop:
    """Return the loop that aioca lives in for the rest of the process: it allows no second one."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="channel access", daemon=True).start()
    return loop
