-- Holds what a script keeps to the limits of sizes, however it came to be: by `..`, by `t[i] = v`, by `_G[name] = v`.
-- Given: the limits, how to end the script for one, its globals, and how our own code is called.

local limits, stop, env, PRELUDE = ...

local MAX_VISITS <const> = 100000 -- of one survey; what is larger is for the limit of memory

local type, next, rawlen = type, next, rawlen
local getinfo, getlocal, getupvalue = debug.getinfo, debug.getlocal, debug.getupvalue
local getmetatable, running = debug.getmetatable, coroutine.running

local max_text, max_items, max_globals = limits.max_string_length, limits.max_array_size, limits.max_variables
local own_globals = 0
local own = {} -- functions of ours, which hold nothing of the script's

local function count(t)
  local keys = 0
  for _ in next, t do keys = keys + 1 end
  return keys
end

-- From now on what is added to the globals is the script's.
local function begin()
  own_globals = count(env)
  for _, library in next, env do
    if type(library) == "function" then own[library] = true end
    for _, value in next, type(library) == "table" and library or {} do
      if type(value) == "function" then own[value] = true end
    end
  end
end

local function check(value)
  local kind = type(value)
  if kind == "string" then
    if max_text and #value > max_text then stop("max_string_length") end
  elseif kind == "table" and max_items and rawlen(value) > max_items then
    stop("max_array_size")
  end
end

local function is_script(info) return info.what ~= "C" and info.source ~= PRELUDE end

-- Hand the locals, arguments and intermediate values of a function on the stack to `see`.
local function see_locals(thread, level, see)
  for step = 1, -1, -2 do -- negative numbers are those of `...`
    local at = step
    local name, value = getlocal(thread, level, at)
    while name do
      see(value)
      at = at + step
      name, value = getlocal(thread, level, at)
    end
  end
end

local function see_stack(thread, see)
  local deeper = thread == running() and 1 or 0 -- `see_locals` is a level of its own there
  for level = 0, 250 do
    local info = getinfo(thread, level, "Sf")
    if not info then return end
    if is_script(info) then
      see(info.func)
      see_locals(thread, level + deeper, see)
    end
  end
end

-- Look at the variables of the function that is being run: cheap enough to be done often. As a tail call,
-- `see_locals` takes the level of this.
local function glance()
  local thread = running()
  for level = 3, 20 do -- above are this, what calls it, and `getinfo`
    local info = getinfo(thread, level, "S")
    if not info then return end
    if is_script(info) then return see_locals(thread, level, check) end
  end
end

local function see_table(t, see)
  local keys = 0
  for key, value in next, t do
    keys = keys + 1
    see(key)
    see(value)
  end
  if t == env then
    if max_globals and keys - own_globals > max_globals then stop("max_variables") end
  elseif max_items and keys > max_items then
    stop("max_array_size")
  end
  see(getmetatable(t))
end

local function see_upvalues(f, see)
  if not is_script(getinfo(f, "S")) then return end
  local at = 1
  local name, value = getupvalue(f, at)
  while name do
    see(value)
    at = at + 1
    name, value = getupvalue(f, at)
  end
end

local INSIDE <const> = { table = see_table, ["function"] = see_upvalues, thread = see_stack }

-- Look at all that the script can reach; returns how much that was.
local function survey(main)
  local seen, waiting, waits, visits = {}, {}, 0, 0
  local function see(value)
    visits = visits + 1
    local kind = type(value)
    if kind == "string" then
      check(value)
    elseif INSIDE[kind] and not seen[value] and not own[value] then
      seen[value] = true
      waits = waits + 1
      waiting[waits] = value
    end
  end
  see(env)
  see(main)
  see(running())
  while waits > 0 and visits < MAX_VISITS do
    local value = waiting[waits]
    waiting[waits] = nil
    waits = waits - 1
    INSIDE[type(value)](value, see)
  end
  return visits
end

return { begin = begin, glance = glance, survey = survey }
