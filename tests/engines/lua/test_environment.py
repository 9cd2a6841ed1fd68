"""All that a script can reach, against a list: no new Lua or lupa can add a door unseen."""

from pathlib import Path
from typing import Any

from benchwright.core.limits import PRESETS, Preset
from benchwright.engines.engine import EngineSettings
from benchwright.engines.host_api import HOST_FUNCTIONS
from benchwright.engines.lua.bridge import HostBridge
from benchwright.engines.lua.ledger import Ledger
from benchwright.engines.lua.modules import Modules
from benchwright.engines.lua.rows import RowMaker
from benchwright.engines.lua.runtime import new_runtime
from benchwright.engines.lua.sandbox import Sandbox
from benchwright.engines.lua.static_checks import KNOWN_NAMES, UNAVAILABLE
from tests.engines.motor import FakeInstrument

LIST = Path(__file__).with_name("environment.txt")

# Looks into metatables too, also into those that a script is not shown; made before the environment is.
WALKER = b"""
local getmetatable, type, next, tostring, sort, concat =
  debug.getmetatable, type, next, tostring, table.sort, table.concat
local others = { ["function"] = next, number = 1, boolean = true, thread = coroutine.create(next) }
return function(env)
  local seen, lines = {}, {}
  local function walk(path, value)
    local known = seen[value]
    lines[#lines + 1] = path .. " = " .. (known and "same as " .. known or type(value))
    if known then return end
    local meta = getmetatable(value)
    if type(value) == "table" then
      seen[value] = path
      local keys = {}
      for key in next, value do keys[#keys + 1] = tostring(key) end
      sort(keys)
      for _, key in next, keys do walk(path .. "." .. key, value[key]) end
    end
    if meta and (type(value) == "table" or path == "text") then walk(path .. "<metatable>", meta) end
  end
  walk("env", env)
  walk("motor", env.instruments.get("motor"))
  walk("text", "")
  for name, value in next, others do
    if getmetatable(value) then lines[#lines + 1] = name .. " has a metatable" end
  end
  return concat(lines, "\\n")
end
"""


def reachable(preset: Preset) -> list[str]:
    runtime: Any = new_runtime()
    walker = runtime.execute(WALKER)
    own_globals = runtime.globals()
    ledger = Ledger(PRESETS[preset], None, runtime)
    sandbox = Sandbox(
        runtime, HostBridge(ledger, RowMaker(""), Modules(EngineSettings())), "script", PRESETS[preset]
    )
    sandbox.set_params({"start": 1})
    for name in ("print", *HOST_FUNCTIONS):
        sandbox.add_function(name, lambda *_: None)
    sandbox.add_instrument("motor", FakeInstrument())
    assert list(own_globals.keys()) == [], "Lua's own globals are still there"
    lines: list[str] = walker(sandbox.environment).decode().splitlines()
    return lines


def test_only_what_the_list_names_can_be_reached() -> None:
    assert reachable(Preset.STANDARD) == LIST.read_text().splitlines()


def test_the_strict_preset_adds_nothing() -> None:
    assert reachable(Preset.STRICT) == LIST.read_text().splitlines()


def test_the_list_holds_no_door() -> None:
    text = LIST.read_text()
    for door in (
        "userdata",
        "debug",
        ".io ",
        "dump",
        "loadfile",
        "dofile",
        "package",
        "execute",
        "getenv",
        "python",
    ):
        assert door not in text


def test_the_static_checks_know_the_same_names() -> None:
    names = {line.split(" = ")[0].removeprefix("env.") for line in LIST.read_text().splitlines()}
    top = {name for name in names if "." not in name and name not in ("env", "motor", "text")}
    assert {name for name in top if not name.endswith("<metatable>")} == KNOWN_NAMES
    assert not UNAVAILABLE & KNOWN_NAMES
