"""The instruments as a Python script sees them: objects whose methods call the bench."""

from asyncio import get_running_loop
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from sys import _getframe
from typing import Any, NoReturn, Self

from benchwright.core.descriptors import InstrumentDescriptor, MethodDescriptor
from benchwright.core.errors import ArgumentError, UnknownNameError
from benchwright.core.script_messages import MAX_OUTSTANDING_CALLS
from benchwright.core.values import Value, describe_type
from benchwright.engines.engine import InstrumentHandle
from benchwright.engines.python.conversion import plain
from benchwright.engines.python.frames import ScriptFrames
from benchwright.engines.python.signatures import documentation, dress

Method = Callable[..., Any]


class UnknownAttributeError(UnknownNameError, AttributeError):
    """A script read an attribute that there is not; `hasattr` takes it for what it is."""


class InstrumentProxy:
    """What the objects of all instruments have in common; the class of each adds its methods."""

    __slots__ = ("_descriptor",)

    _descriptor: InstrumentDescriptor

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(f"instruments have no {name}")
        descriptor = self._descriptor
        known = (method.name for method in descriptor.methods)
        raise UnknownAttributeError("method", name, known, f" of {descriptor.name}")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        message = (
            f"{self._descriptor.name}.{name} cannot be set; instruments are changed by calling their methods"
        )
        raise AttributeError(message)

    def __dir__(self) -> list[str]:
        return [method.name for method in self._descriptor.methods]

    def __repr__(self) -> str:
        maker = " ".join(part for part in (self._descriptor.maker, self._descriptor.model) if part)
        return f"<instrument {self._descriptor.name}: {maker or self._descriptor.driver}>"


class AsyncInstrumentProxy(InstrumentProxy):
    """An instrument whose methods are coroutines; it may be awaited itself, which is easily written, too."""

    __slots__ = ()

    def __await__(self) -> Generator[Any, None, Self]:
        return self
        yield  # awaits nothing


class Instruments:
    """The `instruments` of a script."""

    def __init__(self, frames: ScriptFrames) -> None:
        self._frames = frames
        self._handles: dict[str, InstrumentHandle] = {}
        self._proxies: dict[tuple[str, bool], InstrumentProxy] = {}
        self._threads: ThreadPoolExecutor | None = None
        self._under_way: set[Callable[[], Value]] = set()

    def _register(self, name: str, handle: InstrumentHandle) -> None:
        self._handles[name] = handle

    def get(self, name: str) -> Any:
        """Return the instrument of that name; its methods return when the call is done."""
        return self._proxy(name, is_async=False)

    def get_async(self, name: str) -> Any:
        """Return the instrument of that name; its methods are coroutines, to be awaited."""
        return self._proxy(name, is_async=True)

    def list(self) -> list[str]:
        """Return the names of all instruments."""
        return sorted(self._handles)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(f"instruments has no {name}")
        raise UnknownAttributeError("function", name, ("get", "get_async", "list"), " of instruments")

    def __repr__(self) -> str:
        return f"<instruments: {', '.join(self.list()) or 'none'}>"

    def _proxy(self, name: str, *, is_async: bool) -> InstrumentProxy:
        if not isinstance(name, str):
            raise ArgumentError(f"an instrument's name must be a text, found {describe_type(name)}")
        key = (name, is_async)
        proxy = self._proxies.get(key)
        if proxy is None:
            handle = self._handles.get(name)
            if handle is None:
                raise UnknownNameError("instrument", name, self._handles)
            kind, make = (
                (AsyncInstrumentProxy, self._async_method) if is_async else (InstrumentProxy, self._method)
            )
            proxy = self._proxies[key] = _make_proxy(name, handle, kind, make)
        return proxy

    def _method(self, owner: str, handle: InstrumentHandle, descriptor: MethodDescriptor) -> Method:
        name, note, host_call = descriptor.name, self._frames.note, handle.call
        what = f"{owner}.{name}: an argument"

        def method(self: InstrumentProxy, /, *args: object, **kwargs: object) -> Value:
            line = note(_getframe(1))
            values = [plain(value, what) for value in args]
            named = {key: plain(value, what) for key, value in kwargs.items()} if kwargs else {}
            return host_call(name, values, named, line=line)

        return method

    def _async_method(self, owner: str, handle: InstrumentHandle, descriptor: MethodDescriptor) -> Method:
        note, call_name = self._frames.note, f"{owner}.{descriptor.name}"
        what = f"{call_name}: an argument"
        host_call, run = partial(handle.call, descriptor.name), self._in_thread

        def method(self: InstrumentProxy, /, *args: object, **kwargs: object) -> Coroutine[Any, Any, Value]:
            line = note(_getframe(1))
            values = [plain(value, what) for value in args]
            named = {key: plain(value, what) for key, value in kwargs.items()}
            coroutine = run(partial(host_call, values, named, line=line, concurrent=True))
            coroutine.__qualname__ = call_name  # type: ignore[attr-defined]  # shown if it is never awaited
            return coroutine

        return method

    async def _in_thread(self, call: Callable[[], Value]) -> Value:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(MAX_OUTSTANDING_CALLS, thread_name_prefix="instrument-call")
        return await get_running_loop().run_in_executor(self._threads, self._counted, call)

    def _counted(self, call: Callable[[], Value]) -> Value:
        self._under_way.add(call)
        try:
            return call()
        finally:
            self._under_way.discard(call)

    def _close(self) -> None:
        """Let the threads end, without waiting for a call that the script left alone."""
        if self._threads is not None:
            self._threads.shutdown(wait=not self._under_way, cancel_futures=True)


def _make_proxy(
    name: str,
    handle: InstrumentHandle,
    kind: type[InstrumentProxy],
    make_method: Callable[[str, InstrumentHandle, MethodDescriptor], Method],
) -> InstrumentProxy:
    descriptor = handle.descriptor
    members: dict[str, Any] = {"__slots__": (), "__doc__": _instrument_documentation(descriptor)}
    for method in descriptor.methods:
        function = make_method(name, handle, method)
        dress(function, method, name, has_self=True)
        members[method.name] = function
    proxy: InstrumentProxy = type(name, (kind,), members | {"__module__": "instruments"})()
    object.__setattr__(proxy, "_descriptor", descriptor)
    return proxy


def _instrument_documentation(descriptor: InstrumentDescriptor) -> str:
    methods = (f"{m.name}: {documentation(m).partition(chr(10))[0]}" for m in descriptor.methods)
    return "\n".join([descriptor.help, *methods])
