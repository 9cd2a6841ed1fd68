"""Lets operators in: each client gets its answers and the events that it asked for."""

import logging
import sys
import threading
import time
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, cast

import msgspec

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.event_bus import EventBus
from benchwright.bench.operators.backlog import Backlog, Outgoing
from benchwright.bench.operators.calls import ClientCalls
from benchwright.bench.operators.merging import merged
from benchwright.bench.operators.traffic import TrafficWatch
from benchwright.core.errors import INTERNAL_ERROR, BenchUnavailable, BenchwrightError
from benchwright.core.events import (
    AnyEvent,
    Event,
    LineReached,
    ResourcesUsed,
    TelemetryRead,
    TrafficSeen,
)
from benchwright.core.operator_messages import (
    MAX_OPERATOR_FRAME_BYTES,
    Answer,
    CancelCall,
    Farewell,
    Happened,
    OperatorRequest,
    Subscribe,
    WatchTraffic,
)
from benchwright.core.values import Value

if TYPE_CHECKING:
    from multiprocessing.connection import Connection, Listener

_log = logging.getLogger(__name__)
_RETRY_S = 0.01
_TOO_LONG = ("bad message length",)  # what a connection says of a frame that is longer than it may be
_LEAVE_TIMEOUT_S = 3.0  # for the calls of a client that leaves: what they set in motion is halted


class Client:
    """One attached operator. A client is a *desk* once it subscribed: then its loss matters."""

    def __init__(self, server: "OperatorServer", connection: "Connection") -> None:
        self.is_desk = False
        self.said_farewell = False
        self.watched: frozenset[str] = frozenset()  # instruments whose traffic it wants to see
        self._calls = ClientCalls()
        self._server = server
        self._connection = connection
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder: msgspec.msgpack.Decoder[OperatorRequest] = msgspec.msgpack.Decoder(OperatorRequest)
        self._outgoing = Backlog()
        self._subscription: Subscribe | None = None

    def serve(self) -> None:
        """Serve until the client leaves; runs in a thread of its own."""
        writer = threading.Thread(target=self._write, name="operator writer", daemon=True)
        try:
            writer.start()
        except RuntimeError as error:
            _log.warning("a client was turned away: %s", error)
            self._connection.close()
            return
        try:
            while not self.said_farewell:
                request = self._decoder.decode(self._connection.recv_bytes(MAX_OPERATOR_FRAME_BYTES))
                self._serve_request(request)
        except (EOFError, OSError) as error:  # it went without a farewell
            if error.args == _TOO_LONG:
                _log.warning("a client broke the protocol: %s", error)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            _log.warning("a client broke the protocol: %s", error)
        finally:
            self._outgoing.put(None)
            writer.join(timeout=2.0)
            self._connection.close()

    def _serve_request(self, request: OperatorRequest) -> None:
        if isinstance(request, Farewell):
            self.said_farewell = True
            self._outgoing.put(Answer(id=request.id))
        elif isinstance(request, Subscribe):
            self._subscription = request
            self.is_desk = True
            self._outgoing.put(Answer(id=request.id))
        elif type(request) in self._server.slow_requests:
            if not self._calls.start(getattr(request, "call", ""), lambda: self._answer(request)):
                error = BenchUnavailable("the bench has no thread left for it; try again").info()
                self._outgoing.put(Answer(id=request.id, error=error))
        elif isinstance(request, CancelCall):
            self._calls.cancel(request.call)
            self._outgoing.put(Answer(id=request.id))
        else:
            self._answer(request)

    def _answer(self, request: OperatorRequest) -> None:
        try:
            if isinstance(request, WatchTraffic):
                self._server.watch_traffic(self, frozenset(request.names))
                value = None
            else:
                value = self._server.requests[type(request)](request)
            self._outgoing.put(Answer(id=request.id, value=value))
        except BenchwrightError as error:
            self._outgoing.put(Answer(id=request.id, error=error.info()))
        except Exception:  # noqa: BLE001 - the edge: a mistake of ours is an answer, not the end of the bench
            _log.exception("the request %s failed", type(request).__name__)
            self._outgoing.put(Answer(id=request.id, error=INTERNAL_ERROR))

    def tell(self, event: AnyEvent) -> None:
        """Queue an event if the client asked for its kind; never blocks."""
        wanted = self._subscription
        if wanted is None or (wanted.run_id and event.run_id != wanted.run_id):
            return
        if isinstance(event, TelemetryRead) and not wanted.telemetry:
            return
        if isinstance(event, TrafficSeen) and event.name not in self.watched:
            return
        if isinstance(event, (LineReached, ResourcesUsed)) and not wanted.watches:
            return
        self._outgoing.offer(event)

    @property
    def watches(self) -> bool:
        """Whether it wants to know what is used of this computer."""
        return self._subscription is not None and self._subscription.watches

    def end_calls(self) -> None:
        """Stop what the client has under way, and wait for it unless the client is lost: that is urgent."""
        self._calls.end(_LEAVE_TIMEOUT_S if self.said_farewell else 0.0)

    def turn_away(self) -> None:
        """End the connection before anything was served."""
        self._connection.close()

    def drop(self) -> None:
        """End its calls, send what is queued and end the connection from our side."""
        self._calls.end(_LEAVE_TIMEOUT_S)
        self.said_farewell = True
        self._outgoing.put(None)

    def _write(self) -> None:
        """Send what is queued; rows and lines that follow each other closely are gathered and joined."""
        while self._send(self._outgoing.take()):
            pass

    def _send(self, queued: list[Outgoing]) -> bool:
        """Send messages and return whether more may follow."""
        try:
            for is_event, group in groupby(queued, lambda item: isinstance(item, Event)):
                for item in merged(cast(list[AnyEvent], list(group))) if is_event else group:
                    if item is None:
                        return False
                    message = Happened(event=item) if isinstance(item, Event) else item
                    self._connection.send_bytes(self._encoder.encode(message))
        except OSError:
            return False  # the reader notices, too
        return True


class OperatorServer:
    """Listens on the data folder's operator address, for the same user with the folder's key only.

    Args:
        requests: what answers each kind of request.
        slow_requests: those that get a thread of their own.
        traffic: what goes over the links, for those who want to see it.
        on_leave: told of each client that left.
    """

    def __init__(
        self,
        folder: DataFolder,
        bus: EventBus,
        requests: dict[type, Callable[..., Value]],
        slow_requests: frozenset[type],
        traffic: TrafficWatch,
        on_leave: Callable[[Client], None],
    ) -> None:
        self.requests = requests
        self.slow_requests = slow_requests
        self._traffic = traffic
        self._folder = folder
        self._bus = bus
        self._on_leave = on_leave
        self._clients: set[Client] = set()
        self._lock = threading.Lock()
        self._listener: Listener | None = None
        self._closing = False

    @property
    def client_count(self) -> int:
        """How many clients are attached."""
        return len(self._clients)

    @property
    def desk_count(self) -> int:
        """How many of the clients watch the bench; one that took leave does so no more."""
        with self._lock:
            return sum(client.is_desk and not client.said_farewell for client in self._clients)

    @property
    def is_watched(self) -> bool:
        """Whether a client wants to know what is used of this computer."""
        with self._lock:
            return any(client.watches for client in self._clients)

    def start(self) -> None:
        """Listen, and let clients in from now on."""
        from multiprocessing.connection import Listener

        self._key = self._folder.auth_key()  # once: no descriptor may be free when a client comes
        address = self._folder.operator_address()
        if sys.platform != "win32":
            Path(address).unlink(missing_ok=True)  # of a bench that was killed; we hold the lock
        self._listener = Listener(address, backlog=16)
        if sys.platform != "win32":
            Path(address).chmod(0o600)  # whatever the umask is, and whoever may enter the data folder
        self._unsubscribe = self._bus.subscribe(self._tell_all)
        threading.Thread(target=self._accept, name="operator server", daemon=True).start()

    def _accept(self) -> None:
        assert self._listener is not None
        while not self._closing:
            try:
                connection = self._listener.accept()
            except (OSError, EOFError):
                time.sleep(_RETRY_S)  # no descriptor is free, or the listener is being closed
                continue
            thread = threading.Thread(target=self._admit, args=(connection,), name="operator", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # no thread is free
                _log.warning("a client was turned away: %s", error)
                connection.close()

    def _admit(self, connection: "Connection") -> None:
        from multiprocessing import AuthenticationError
        from multiprocessing.connection import answer_challenge, deliver_challenge

        try:
            deliver_challenge(connection, self._key)
            answer_challenge(connection, self._key)
        except (AuthenticationError, OSError, EOFError, AssertionError, ValueError):  # as it greets, so it is
            _log.warning("a client without the key was turned away")
            connection.close()
            return
        self._attend(Client(self, connection))

    def _attend(self, client: Client) -> None:
        with self._lock:
            if self._closing:
                client.turn_away()
                return
            self._clients.add(client)
        try:
            client.serve()
        finally:
            client.end_calls()
            with self._lock:
                self._clients.discard(client)
                self._watch_all()
            self._on_leave(client)

    def watch_traffic(self, client: Client, names: frozenset[str]) -> None:
        """Show a client the traffic of these instruments.

        Raises:
            UnknownNameError: there is no such instrument.
        """
        self._traffic.check(names)
        with self._lock:
            client.watched = names
            self._watch_all()

    def _watch_all(self) -> None:
        self._traffic.watch(frozenset().union(*(client.watched for client in self._clients)))

    def _tell_all(self, event: AnyEvent) -> None:
        for client in tuple(self._clients):
            client.tell(event)

    def close_if_unused(self) -> bool:
        """Let nobody in any more if nobody is attached; return whether that is so."""
        with self._lock:
            self._closing = self._closing or not self._clients
            return self._closing

    def close(self) -> None:
        """Listen no more; attached clients see the end of their connection."""
        self._closing = True
        if self._listener is not None:
            self._unsubscribe()
            self._listener.close()
            for client in tuple(self._clients):
                client.drop()
