"""Process variables of EPICS as a link: one line of text asks or sets one, one line of JSON answers.

``get pva LAB:TEMP`` is answered by ``{"value": 21.5, "severity": 0, "alarm": ""}``, ``put ca LAB:SP 3.5`` by
``{}`` once the server took it (pvAccess) or it is sent (Channel Access), ``wait ca LAB:SP 3.5`` once the
server is done with it; any of them by ``{"error": "..."}``. So a port does for them all that it does for
bytes.
"""

import json
import threading
import time
from collections.abc import Mapping
from typing import Any, Final

from benchwright.core.errors import InstrumentTimeout, LinkError
from benchwright.core.extras import need_extra
from benchwright.instruments.calls import Caller, current_scope
from benchwright.instruments.links.epics_clients import Client, make_client

PROVIDERS: Final[Mapping[str, str]] = {"pva": "p4p", "ca": "aioca"}  # and what speaks for them
_SLICE_S: Final = 0.1
_STOP_S: Final = 0.5  # how long an emergency stop waits for those that are not there


class EpicsLink:
    """A link to the process variables of any number of servers; where they are is told by the environment.

    Attributes:
        variables: provider and name of those that must be there for the link to be open.

    Args:
        name: the instrument's name, for messages.
        timeout_s: how long opening may take.
    """

    address = "epics://"

    def __init__(self, *, name: str = "", timeout_s: float = 2.0) -> None:
        self.variables: tuple[tuple[str, str], ...] = ()
        self._name = name
        self._timeout_s = timeout_s
        self._clients: dict[str, Client] = {}
        self._changed = threading.Condition()
        self._count = 0  # of operations that are answered
        self._reply: dict[str, Any] | None = None
        self._asked = ""  # the process variable that is to answer

    # --- life ---

    def open(self) -> None:
        self.close()
        for provider in {provider for provider, _ in self.variables}:
            need_extra("epics", f"EPICS ({PROVIDERS[provider]})", PROVIDERS[provider])
            names = [name for each, name in self.variables if each == provider]
            self._clients[provider] = make_client(provider, names, self._tell)
        try:
            self._await_all()
        except BaseException:
            self.close()
            raise

    def _await_all(self) -> None:
        is_stop = current_scope().caller is Caller.SAFETY
        deadline_s = time.monotonic() + (min(self._timeout_s, _STOP_S) if is_stop else self._timeout_s)
        with self._changed:
            while missing := self._missing():
                current_scope().check()
                left_s = deadline_s - time.monotonic()
                if left_s <= 0:
                    if is_stop:
                        return  # those that are there are stopped all the same
                    raise LinkError(
                        self._name, f"no answer from {_some(missing)} within {self._timeout_s:g} s"
                    )
                self._changed.wait(min(left_s, _SLICE_S))

    def close(self) -> None:
        clients, self._clients = self._clients, {}
        for client in clients.values():
            client.close()
        self._reply = None

    def _missing(self) -> list[str]:
        return [name for client in list(self._clients.values()) for name in client.missing()]

    def _check(self) -> None:
        """Raise `LinkError` where a process variable is gone; the emergency stop goes on with the others."""
        if not self._clients:
            raise LinkError(self._name, f"{self.address} is not open")
        if current_scope().caller is not Caller.SAFETY and (missing := self._missing()):
            raise LinkError(self._name, f"lost {_some(missing)}")

    # --- lines ---

    def write(self, data: bytes) -> None:
        self._check()
        self.discard_input()
        for line in data.decode("ascii", errors="replace").splitlines():
            self._start(line, self._count)

    def write_urgent(self, data: bytes) -> None:
        if not self._clients:
            raise LinkError(self._name, f"{self.address} is not open")
        for line in data.decode("ascii", errors="replace").splitlines():
            self._start(line, -1)

    def _start(self, line: str, count: int) -> None:
        verb, provider, name, value = (*line.split(" ", 3), "", "", "", "")[:4]
        client = self._clients.get(provider)
        if client is None or verb not in ("get", "put", "wait") or not name or (verb == "get") == bool(value):
            self._answer(count, {"error": f"{line[:80]!r} is none of: get pva NAME, put pva NAME VALUE"})
            return
        if count == self._count:
            self._asked = name
        if name in client.missing():
            self._answer(count, {"error": "not connected"})
            return
        try:
            if verb == "get":
                client.get(name, lambda reply: self._answer(count, reply))
            else:
                wanted = json.loads(value)
                client.put(name, wanted, verb == "wait", lambda reply: self._answer(count, reply))
        except Exception as error:  # noqa: BLE001 - of whatever the library thinks of
            self._answer(count, {"error": str(error) or type(error).__name__})

    def read(self, terminator: bytes, timeout_s: float) -> bytes:
        deadline_s = time.monotonic() + timeout_s
        with self._changed:
            while self._reply is None:
                current_scope().check()
                self._check()
                if self._asked in self._missing():
                    return json.dumps({"error": "not connected"}).encode("ascii")
                left_s = deadline_s - time.monotonic()
                if left_s <= 0:
                    raise InstrumentTimeout(self._name, f"no answer within {timeout_s:g} s")
                self._changed.wait(min(left_s, _SLICE_S))
            reply, self._reply = self._reply, None
        return json.dumps(reply).encode("ascii")

    def discard_input(self) -> None:
        with self._changed:
            self._count += 1  # what is still to come answers nothing any more
            self._reply = None

    def interrupt(self) -> None:
        self._tell()

    def _answer(self, count: int, reply: dict[str, Any]) -> None:
        with self._changed:
            if count == self._count:
                self._reply = reply
            self._changed.notify_all()

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
