"""What a worker does once it is confined: run one script, report how it ended, and leave."""

import os
import socket
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, cast

from benchwright.core.errors import BenchwrightError, ErrorInfo, ResourceLimitExceeded
from benchwright.core.results import Nothing
from benchwright.core.script_messages import MAX_START_FRAME_BYTES, BenchMessage, Start
from benchwright.core.values import Value
from benchwright.engines.engine import EngineSettings, ScriptEngine
from benchwright.engines.host_api import BENCH_FUNCTIONS, LOCAL_FUNCTIONS, NEVER_REFUSED
from benchwright.engines.registry import engine_class, engine_languages
from benchwright.worker.channel import Channel, ChannelClosed
from benchwright.worker.session import Session, SessionInstrument

if TYPE_CHECKING:
    from benchwright.worker.launching import LaunchRequest

# Imported now, because a confined worker can open no file any more.
_ENGINES = {language: engine_class(language) for language in engine_languages()}


def run_worker(
    connection: socket.socket, request: "LaunchRequest", seal: Callable[[], dict[str, str]]
) -> None:
    """Run the script that the bench sends; does not return.

    Args:
        connection: the channel to the bench.
        request: what the bench asked the launcher for.
        seal: closes the last fence once all threads of ours run; returns what held.
    """
    channel: Channel[BenchMessage] = Channel(connection, BenchMessage, MAX_START_FRAME_BYTES)
    try:
        start = cast(Start, channel.receive())
        session = Session(channel, start.limits)
        engine = make_engine(start, session)
        engine.prepare(start.source)
        session.begin(seal, lambda: engine.running_line)
    except ChannelClosed:
        os._exit(1)
    run_script(engine, session, start.source)


def make_engine(start: Start, session: Session) -> ScriptEngine:
    """Make the engine for a run and offer it all that a script can call."""
    settings = EngineSettings(
        script_name=start.name,
        limits=start.limits,
        params=start.params,
        dependencies=start.dependencies,
        requires=start.requires,
        script_path=start.path,
    )
    engine: ScriptEngine = _ENGINES[start.language](settings, on_limit=session.limit_reached)
    for descriptor in start.instruments:
        engine.register_instrument(descriptor.name, SessionInstrument(session, descriptor))
    for name, function in _local_functions(engine, session).items():
        engine.register_function(name, function)
    for name in BENCH_FUNCTIONS:
        engine.register_function(name, partial(_call_bench, engine, session, name))
    return engine


def run_script(engine: ScriptEngine, session: Session, source: str) -> None:
    """Run the script to its end and report it; does not return."""
    try:
        result = engine.execute_script(source)
    except ResourceLimitExceeded as error:
        session.limit_reached(error)
    except BenchwrightError as error:
        traceback = getattr(error, "traceback", None)
        info = error.info()
        session.finish(Nothing(), ErrorInfo(info.code, info.message, info.line, info.column, traceback))
    session.finish(result)


def _call_bench(engine: ScriptEngine, session: Session, name: str, *args: Value) -> Value:
    bound = [] if name in NEVER_REFUSED else BENCH_FUNCTIONS[name].bind(name, list(args), {})
    return session.call("", name, bound, {}, line=engine.current_line)


def _local_functions(engine: ScriptEngine, session: Session) -> dict[str, Callable[..., Value]]:
    def limited(tell: Callable[..., None]) -> Callable[..., None]:
        def function(*args: Value) -> None:
            try:
                tell(*args)
            except ResourceLimitExceeded as error:
                error.line = engine.current_line or None
                session.limit_reached(error)

        return function

    def bound(name: str, act: Callable[..., Value | None]) -> Callable[..., Value]:
        descriptor = LOCAL_FUNCTIONS[name]
        return lambda *args: act(*descriptor.bind(name, list(args), {}))

    return {
        "record": limited(session.record),
        "print": limited(session.output),
        "sleep": bound("sleep", time.sleep),
        "progress": bound("progress", session.progress),
        "log_info": bound("log_info", limited(partial(session.log, "info"))),
        "log_warn": bound("log_warn", limited(partial(session.log, "warning"))),
        "log_error": bound("log_error", limited(partial(session.log, "error"))),
    }
