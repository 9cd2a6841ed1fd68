"""The Lua engine."""

from benchwright.engines.engine import EngineInfo

ENGINE = EngineInfo(language="lua", suffix=".lua", engine="benchwright.engines.lua.engine:LuaEngine")
