"""Drives the bench for the window: attaches, asks, and tells what happened; the GUI thread never waits."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QThread, Signal, Slot

from benchwright.bench.data_folder import DataFolder
from benchwright.bench.operators.merging import merged
from benchwright.core.errors import BenchUnavailable, BenchwrightError, ConfigurationError
from benchwright.core.events import (
    AnyEvent,
    EmergencyChanged,
    InstrumentStopped,
    LineReached,
    LinesPrinted,
    ProgressMade,
    RowsRecorded,
)
from benchwright.core.operator_messages import (
    AskIdentity,
    BenchStatus,
    CallInstrument,
    ConnectInstrument,
    MakeSafe,
    OperatorRequest,
    SendRaw,
    Shutdown,
    Subscribe,
)
from benchwright.core.values import Value

if TYPE_CHECKING:
    from benchwright.bench.operators.client import BenchClient

_log = logging.getLogger(__name__)
_TICK_S = 0.1
_GATHER_S = 0.02
_END_TIMEOUT_S = 20.0  # for a bench that is asked to end
_PATIENCE_S = 1.0  # a window that is busy longer gets its events all the same
_MAX_GATHERED = 20_000
_MOST_WAITING_BYTES = 32 * 1024 * 1024  # for a window that does not keep up; the data file has everything
_BULK = (RowsRecorded, LinesPrinted, ProgressMade, LineReached)
# These wait for an instrument, for as long as its driver does, so nothing must wait for them.
_SLOW = (AskIdentity, CallInstrument, ConnectInstrument, MakeSafe, SendRaw)


class BenchAttached(NamedTuple):
    """A bench answers; `status` is what it says of itself."""

    status: dict[str, Value]


class BenchLost(NamedTuple):
    """There is no bench (any more).

    `instruments` is what was done with them in its place, `config_file` the configuration that it cannot
    start with.
    """

    reason: str
    instruments: tuple[InstrumentStopped, ...] = ()
    config_file: Path | None = None


class Answered(NamedTuple):
    """What a request brought; `request` is the very object that was asked, `error` None where it worked."""

    request: OperatorRequest
    value: Value
    error: BenchwrightError | None


class EngineThread(QThread):
    """The one way from the window to the bench.

    `happened` carries frozen values: the events of `core.events`, and the three above. After a loss,
    `start_bench` attaches anew.
    """

    happened = Signal(object)
    _passed = Signal()

    def __init__(
        self, data_dir: Path | None, config_file: Path | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._data_dir = data_dir
        self._config_file = config_file
        self._client: BenchClient | None = None
        self._wanted = threading.Event()
        self._wanted.set()
        self._closing = False
        self._restarts = False
        self._caught_up = threading.Event()
        self._passed.connect(self._on_passed)  # in the GUI thread, after all that was told before
        self._settled = threading.Event()  # attached, or failed to
        self.leaves_instruments: Callable[[], bool] = lambda: False  # somebody else puts them safe already
        self._in_order = ThreadPoolExecutor(1, "desk requests")
        self._beside = ThreadPoolExecutor(64, "desk calls")

    # --- called from the GUI thread; nothing here blocks ---

    def ask(self, request: OperatorRequest) -> None:
        """Ask the bench; an `Answered` with this request follows."""
        if not self._closing:
            pool = self._beside if isinstance(request, _SLOW) else self._in_order
            pool.submit(self._answer, request)

    def start_bench(self) -> None:
        """Attach again after a loss."""
        self._settled.clear()
        self._wanted.set()

    def restart_bench(self, config_file: Path) -> None:
        """End the bench, and attach to a new one that runs with this configuration."""
        self._settled.clear()
        self._config_file = config_file
        self._restarts = True
        self._wanted.set()

    def close(self) -> None:
        """Say farewell to the bench in the background; `wait` waits for it."""
        self._closing = True
        self._caught_up.set()
        self._settled.set()
        self._wanted.set()

    @Slot()
    def _on_passed(self) -> None:
        self._caught_up.set()

    # --- the thread ---

    def run(self) -> None:
        """Attach and pass events on, until the window closes."""
        try:
            while self._wanted.wait() and not self._closing:
                self._wanted.clear()
                self._attend()
        finally:
            self._in_order.shutdown(wait=True, cancel_futures=True)
            self._beside.shutdown(wait=True, cancel_futures=True)

    def _attend(self) -> None:
        lost = BenchLost("")
        try:
            self._attach()
            self._pass_on()
            if self._restarts and not self._closing:
                self._end_bench()
                return
        except BenchwrightError as error:
            lost = BenchLost(error.message, () if self._client is None else self._put_safe())
            if isinstance(error, ConfigurationError):
                config_file = self._config_file or DataFolder.at(self._data_dir).config_file
                lost = lost._replace(config_file=config_file)
        except Exception as error:  # noqa: BLE001 - the edge: it is told, and the window goes on
            _log.exception("the engine thread failed")
            lost = BenchLost(f"{type(error).__name__}: {error}")
        finally:
            client, self._client = self._client, None
            if client is not None:
                client.close()
        self._settled.set()
        if not self._closing:
            self.happened.emit(lost)

    def _attach(self) -> None:
        from benchwright.bench.operators.launch import attach

        self._restarts = False
        client = attach(DataFolder.open(self._data_dir), self._config_file)
        client.most_waiting_bytes = _MOST_WAITING_BYTES
        try:
            client.request(Subscribe(telemetry=True, watches=True))
            status = client.request(BenchStatus())
        except BenchwrightError:
            client.close()
            raise
        assert isinstance(status, dict)
        self._client = client
        self._settled.set()
        self.happened.emit(BenchAttached(status))

    def _pass_on(self) -> None:
        client = self._client
        assert client is not None
        while not self._closing and not self._restarts:
            event = client.next_event(_TICK_S)
            if event is None:
                continue
            self._caught_up.clear()
            if self._closing:
                return  # nobody takes it any more
            for each in _gathered(event, client):
                self.happened.emit(each)
            self._passed.emit()
            self._caught_up.wait(_PATIENCE_S)  # what comes meanwhile is gathered, so the window stays quick
            time.sleep(_GATHER_S)

    def _end_bench(self) -> None:
        client = self._client
        assert client is not None
        client.request(Shutdown())
        folder = DataFolder.at(self._data_dir)
        deadline_s = time.monotonic() + _END_TIMEOUT_S
        while folder.bench_pid() is not None:
            if time.monotonic() > deadline_s:
                raise BenchUnavailable(f"the bench did not end within {_END_TIMEOUT_S:g} s")
            time.sleep(_GATHER_S)

    def _put_safe(self) -> tuple[InstrumentStopped, ...]:
        """Do what the lost bench cannot: open the ports here and put the instruments in their safe state."""
        from benchwright.bench.safety import estop

        folder = DataFolder.at(self._data_dir)
        if self._closing or self.leaves_instruments():
            return ()
        try:
            stopped = estop.stand_in(folder, self._config_file)
        except BenchwrightError as error:
            _log.warning("the instruments were not put in their safe state: %s", error)
            return ()
        return tuple(InstrumentStopped(**each) for each in stopped)

    def _answer(self, request: OperatorRequest) -> None:
        self._settled.wait()  # a request that comes while the first bench starts
        client = self._client
        value: Value = None
        error: BenchwrightError | None = None
        try:
            if client is None:
                raise BenchUnavailable("there is no bench")
            if isinstance(request, _SLOW):
                value = client.request(request, timeout_s=None)
            else:
                value = client.request(request)
        except BenchwrightError as problem:
            error = problem
        if not self._closing:
            self.happened.emit(Answered(request, value, error))


def _gathered(first: AnyEvent, client: "BenchClient") -> Iterable[AnyEvent]:
    """Return what has come by now, rows and lines joined: the window shows them in different places."""
    events = [first]
    try:
        while len(events) < _MAX_GATHERED and (event := client.next_event(0.0)) is not None:
            events.append(event)
    except BenchUnavailable:
        pass  # the next look says so again, after what came before
    yield from (event for event in events if isinstance(event, EmergencyChanged))
    others = [event for event in events if not isinstance(event, EmergencyChanged)]
    for is_bulk, neighbours in groupby(others, lambda event: isinstance(event, _BULK)):
        group = list(neighbours)
        yield from merged(sorted(group, key=_kind)) if is_bulk else group


def _kind(event: AnyEvent) -> tuple[str, str, str]:
    return type(event).__name__, event.run_id, getattr(event, "stream", "")
