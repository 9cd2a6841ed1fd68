"""The Lua engine."""
