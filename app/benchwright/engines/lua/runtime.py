"""Lua runtimes: a bare one that compiles, and those that run one script each."""

from functools import cache
from pathlib import Path
from typing import Any, Final, NoReturn

import lupa.lua54 as lua  # plain `import lupa` would be Lua 5.5

from benchwright.core.errors import BenchwrightError

LUA_VERSION: Final = (5, 4)
# Read at import: a confined worker cannot open files.
SOURCES: Final = {
    file.stem.encode(): file.read_bytes() for file in sorted(Path(__file__).parent.glob("*.lua"))
}


def _deny(*_: object) -> NoReturn:
    raise AttributeError("no attribute can be reached from a script")


def new_runtime() -> Any:
    """Return a Lua runtime through which nothing of Python can be reached; texts cross as bytes.

    Its memory is counted and not limited: Lua must not run out of it while Python is at work in it.

    Raises:
        BenchwrightError: the Lua that is installed is not 5.4.
    """
    runtime = lua.LuaRuntime(
        encoding=None,
        register_eval=False,
        register_builtins=False,
        unpack_returned_tuples=True,
        attribute_handlers=(_deny, _deny),
        max_memory=0,
    )
    if runtime.lua_version != LUA_VERSION:
        found = ".".join(map(str, runtime.lua_version))
        raise BenchwrightError(f"Benchwright's Lua engine needs Lua 5.4, found {found}")
    return runtime


@cache
def _compiler() -> Any:
    return new_runtime().execute(
        b"local load = load;"
        b"return function(text) local ok, why = load(text, '=?', 't', {}) return not ok and why or nil end"
    )


def compile_error(source: bytes) -> str | None:
    """Return Lua's message about a text that does not compile, which starts with ``?:LINE:``, or None."""
    message = _compiler()(source)
    return message.decode("utf-8", "replace") if message is not None else None
