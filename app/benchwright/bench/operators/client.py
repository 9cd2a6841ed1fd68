"""The operator's end: a desk, a command or a program attaches to the bench of a data folder."""

import itertools
import queue
import sys
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.operators.backlog import bulk_size, missed_notice
from benchwright.bench.operators.watch import BenchWatch
from benchwright.core.errors import BenchUnavailable, error_from_info
from benchwright.core.events import AnyEvent
from benchwright.core.operator_messages import Answer, Farewell, OperatorMessage, OperatorRequest
from benchwright.core.values import Value

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_GONE = "the bench is gone"
ANSWER_TIMEOUT_S = 60.0


class BenchClient:
    """A connection to a running bench: requests, each with its answer, and a stream of events.

    Use `connect`, or `launch.attach` which starts a bench where there is none.
    """

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(OperatorMessage)
        self._ids = itertools.count(1)
        self._sending = threading.Lock()
        self._answers: dict[int, queue.SimpleQueue[Answer | None]] = {}
        self.most_waiting_bytes = sys.maxsize  # of bulk events, roughly; beyond, they are dropped and counted
        self._events: queue.SimpleQueue[tuple[AnyEvent | None, int]] = queue.SimpleQueue()
        self._received_bytes = 0  # in all; only the reader changes it
        self._taken_bytes = 0  # in all; only who takes events changes it
        self._missed = 0
        self._closed = False
        self._heard_s = time.monotonic()
        self._watch: BenchWatch | None = None
        self._reader = threading.Thread(target=self._read, name="bench client", daemon=True)
        self._reader.start()

    @classmethod
    def connect(cls, folder: DataFolder) -> "BenchClient":
        """Attach to the bench that runs on a data folder.

        Raises:
            BenchUnavailable: none runs there, or it does not let us in.
        """
        from multiprocessing.connection import Client

        try:
            connection = Client(folder.operator_address(), authkey=folder.auth_key())
        except (OSError, EOFError) as error:
            raise BenchUnavailable(f"no bench runs on {folder.path}") from error
        except Exception as error:
            if type(error).__name__ != "AuthenticationError":
                raise
            raise BenchUnavailable(f"the bench on {folder.path} belongs to somebody else") from error
        client = cls(connection)
        client._watch = BenchWatch(folder, lambda: client._heard_s)
        return client

    def request(self, request: OperatorRequest, timeout_s: float | None = ANSWER_TIMEOUT_S) -> Value:
        """Ask the bench and wait for its answer.

        Raises:
            BenchwrightError: what the bench answers.
            BenchUnavailable: it is gone or does not answer in time.
        """
        request_id = next(self._ids)
        answer_queue: queue.SimpleQueue[Answer | None] = queue.SimpleQueue()
        self._answers[request_id] = answer_queue
        try:
            self._send(msgspec.structs.replace(request, id=request_id))
            answer = answer_queue.get(timeout=timeout_s)
        except queue.Empty:
            raise BenchUnavailable(f"the bench did not answer within {timeout_s:g} s") from None
        finally:
            self._answers.pop(request_id, None)
        if answer is None:
            raise BenchUnavailable(_GONE)
        if answer.error is not None:
            raise error_from_info(answer.error)
        return answer.value

    def events(self) -> Iterator[AnyEvent]:
        """Yield events as they come; needs a `Subscribe` request first; ends when the bench is gone."""
        while (event := self._take(None)) is not None:
            yield event

    def next_event(self, timeout_s: float) -> AnyEvent | None:
        """Return the next event, or None when none comes in time.

        Raises:
            BenchUnavailable: the bench is gone.
        """
        try:
            event = self._take(timeout_s)
        except queue.Empty:
            return None
        if event is None:
            self._events.put((None, 0))
            raise BenchUnavailable(_GONE)
        return event

    def _take(self, timeout_s: float | None) -> AnyEvent | None:
        event, size = self._events.get(timeout=timeout_s)
        self._taken_bytes += size
        return event

    def close(self) -> None:
        """Say farewell and leave; nothing is stopped on our account."""
        if not self._closed:
            try:
                self.request(Farewell(), timeout_s=2.0)
            except BenchUnavailable:
                pass  # gone already
            self._closed = True
            if self._watch is not None:
                self._watch.close()
            self._reader.join(timeout=2.0)  # the bench ends the connection after a farewell
            self._connection.close()  # not before: a connection that is read must not be closed

    def __enter__(self) -> "BenchClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self, request: OperatorRequest) -> None:
        with self._sending:
            try:
                self._connection.send_bytes(self._encoder.encode(request))
            except (OSError, ValueError) as error:
                raise BenchUnavailable(_GONE) from error

    def _read(self) -> None:
        try:
            while True:
                message = self._decoder.decode(self._connection.recv_bytes())
                self._heard_s = time.monotonic()
                if isinstance(message, Answer):
                    waiting = self._answers.get(message.id)
                    if waiting is not None:
                        waiting.put(message)
                else:
                    self._receive(message.event)
        except (EOFError, OSError):
            pass  # the bench is gone, or we are
        finally:
            if self._watch is not None:
                self._watch.close()
            self._events.put((None, 0))
            for waiting in list(self._answers.values()):
                waiting.put(None)

    def _receive(self, event: AnyEvent) -> None:
        size = bulk_size(event)
        if size and self._received_bytes - self._taken_bytes >= self.most_waiting_bytes:
            self._missed += 1
            return
        if self._missed:
            self._events.put((missed_notice(event.run_id, self._missed), 0))
            self._missed = 0
        self._received_bytes += size
        self._events.put((event, size))
