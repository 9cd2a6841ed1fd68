"""The instruments of a bench for an asyncio program: it opens the ports itself, no bench runs."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

from benchwright.core.descriptors import InstrumentDescriptor
from benchwright.core.errors import ArgumentError, InstrumentError, UnknownNameError
from benchwright.core.events import InstrumentStopped
from benchwright.core.measurements import Measurement, Scalar, Vector
from benchwright.instruments.calls import Caller, CallScope, calling_as
from benchwright.instruments.config import Config
from benchwright.instruments.instrument import Instrument
from benchwright.instruments.manager import InstrumentSet
from benchwright.instruments.port import SafetyLatch
from benchwright.instruments.safety import STOP_DEADLINE_S, stop_all
from benchwright.instruments.stop_order import StopOrder

_CALLS_AT_ONCE = 8  # of one instrument; its port takes them in turn, waits overlap


class InstrumentManager:
    """All instruments of a configuration; use it with ``async with``, which closes them in the end.

    A port is opened by the first call of its instrument. Soft limits hold here as everywhere.

    Args:
        config: what instruments there are, such as ``Config.from_file("bench.toml")``.

    Raises:
        ConfigurationError: an instrument cannot be built.
    """

    def __init__(self, config: Config) -> None:
        self._latch = SafetyLatch()
        self._stop_order = StopOrder(self._latch)
        self._instruments = InstrumentSet(config, self._latch)
        self._handles = {each.name: AsyncInstrument(each) for each in self._instruments}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def names(self) -> list[str]:
        """The names of the instruments, in the order of the configuration."""
        return self._instruments.names

    def get_instrument(self, name: str) -> "AsyncInstrument":
        """Return an instrument, whose declared methods are coroutines.

        Raises:
            UnknownNameError: there is none of that name.
        """
        if name not in self._handles:
            raise UnknownNameError("instrument", name, self._handles)
        return self._handles[name]

    async def measure(self, name: str, method: str, *args: object, **kwargs: object) -> Measurement:
        """Call a method and return its number as `Scalar`, its numbers as `Vector`, with unit and time.

        Raises:
            UnknownNameError: there is no such instrument or method.
            ArgumentError: the arguments do not fit, or the method gives neither a number nor numbers.
            InstrumentError: the instrument did not do it.
        """
        handle = self.get_instrument(name)
        unit = handle.descriptor.method(method).unit
        value = await handle.call(method, *args, **kwargs)
        label = f"{name}.{method}"
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return Scalar(name=label, unit=unit, value=float(value))
        if isinstance(value, list) and all(isinstance(item, (int, float)) for item in value):
            import numpy as np

            return Vector(name=label, unit=unit, value=np.asarray(value, dtype=np.float64))
        raise ArgumentError(f"{label} gives no number, so it measures nothing")

    async def emergency_stop(self, deadline_s: float = STOP_DEADLINE_S) -> list[InstrumentStopped]:
        """Stop all calls and bring all instruments in their safe state; nothing acts until it is reset.

        Returns:
            what became of each instrument: safe, unknown or failed.
        """
        self._stop_order.latch()  # at once, whatever this program does meanwhile
        done: Future[list[InstrumentStopped]] = Future()

        def stop() -> None:
            try:
                done.set_result(self._stop_order.press(lambda: self._stop_all(deadline_s)))
            except Exception as error:  # noqa: BLE001 - for who awaits it
                done.set_exception(error)

        # In a thread of its own: those of the loop may all be taken, and a cancelled task cuts nothing short.
        done.set_running_or_notify_cancel()
        threading.Thread(target=stop, name="emergency stop", daemon=True).start()
        return await asyncio.wrap_future(done)

    def reset_emergency_stop(self) -> None:
        """Let the instruments act again once a stop that goes on is over; nothing is started by it.

        Raises:
            EmergencyStopActive: it was pressed again meanwhile.
        """
        self._stop_order.reset()

    async def close(self) -> None:
        """Stop all calls and close all links; the instruments stay as they are."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        for handle in self._handles.values():
            handle.close()
        self._instruments.close()

    def _stop_all(self, deadline_s: float) -> list[InstrumentStopped]:
        return stop_all(self._instruments, self._latch, deadline_s, self._cancel_calls)

    def _cancel_calls(self) -> None:
        for handle in self._handles.values():
            handle.cancel_calls()


class AsyncInstrument:
    """One instrument; each of its declared methods is a coroutine: ``await motor.move_absolute(90.0)``.

    Calls run in threads of this instrument, so that one that hangs holds up no other. Cancelling the task
    that awaits a call interrupts the call.
    """

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._threads = ThreadPoolExecutor(_CALLS_AT_ONCE, thread_name_prefix=instrument.name)
        self._scopes: set[CallScope] = set()
        self._is_closed = False

    @property
    def name(self) -> str:
        """The instrument's name on the bench."""
        return self._instrument.name

    @property
    def descriptor(self) -> InstrumentDescriptor:
        """What the instrument can do, soft limits included."""
        return self._instrument.descriptor

    def __getattr__(self, method: str) -> Callable[..., Coroutine[Any, Any, Any]]:
        if method.startswith("_") or method not in self._instrument.methods:
            error = UnknownNameError("method", method, self._instrument.methods, f" of {self.name}")
            raise AttributeError(error.message)

        async def call(*args: object, **kwargs: object) -> Any:
            return await self.call(method, *args, **kwargs)

        return call

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._instrument.methods]

    def __repr__(self) -> str:
        return f"<{self._instrument.MODEL or type(self._instrument).__name__} {self.name!r}>"

    async def call(self, method: str, *args: object, **kwargs: object) -> Any:
        """Call a declared method by name.

        Raises:
            UnknownNameError: there is no such method.
            ArgumentError: the arguments do not fit.
            InstrumentError: the instrument did not do it, or its manager is closed.
            EmergencyStopActive: the emergency stop is latched, and the method acts.
            CallCancelled: the call was stopped by the emergency stop, or as the manager was closed.
        """
        if self._is_closed:
            raise InstrumentError(self.name, "the manager is closed")
        scope = CallScope(Caller.OPERATOR, f"{self.name}.{method}")
        self._scopes.add(scope)
        call = self._threads.submit(self._invoke, scope, method, args, kwargs)
        try:
            return await _interruptible(call, scope)
        finally:
            self._scopes.discard(scope)

    def _invoke(
        self, scope: CallScope, method: str, args: tuple[object, ...], kwargs: dict[str, object]
    ) -> Any:
        with calling_as(scope):
            scope.check()
            plain = {name: _plain(value) for name, value in kwargs.items()}
            return self._instrument.invoke(method, [_plain(value) for value in args], plain)

    def cancel_calls(self) -> None:
        """Stop all calls that are under way; from any thread."""
        for scope in list(self._scopes):
            scope.cancel()

    def close(self) -> None:
        """Stop all calls and refuse further ones; waits until the threads are gone."""
        self._is_closed = True
        self.cancel_calls()
        self._threads.shutdown(cancel_futures=True)


async def _interruptible(call: Future[Any], scope: CallScope) -> Any:
    """Wait for a call in a thread; a cancelled task stops the call and waits until it has ended."""
    outcome = asyncio.wrap_future(call)
    try:
        return await asyncio.shield(outcome)
    except asyncio.CancelledError:
        scope.cancel()
        if not call.cancel():
            await asyncio.wait([outcome])
            outcome.exception()  # it was interrupted, which is no news to anybody
        raise


def _plain(value: object) -> Any:
    """Return numpy's numbers as plain ones, everything else as it is."""
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", None) == 0 else value
