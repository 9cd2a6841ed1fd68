-- Builds the environment of a script from nothing and takes Lua's own away.
-- Given: the sources of the other parts, the functions of the host, what the script is called, the bounds of
-- values, and the limits of the run. Returns what the engine calls.

local sources, host, MAIN, bounds, limits = ...

local PRELUDE <const> = "=[benchwright]"
local MAX_LOAD <const> = 1024 * 1024
local MAX_ERROR <const> = 4096
local MAX_FRAMES <const> = 20

-- The globals are gone when a script runs: what is needed then is kept here.
local error, pcall, type, next, select, rawget, load = error, pcall, type, next, select, rawget, load
local tostring, setmetatable, getmetatable, collectgarbage = tostring, setmetatable, getmetatable, collectgarbage
local getinfo, concat, insert = debug.getinfo, table.concat, table.insert
local running, rep, sub, math_type, utf8_len = coroutine.running, string.rep, string.sub, math.type, utf8.len

-- `foreign` tells that code runs whose lines are not those of the main script.
local places = { foreign = false }

local function line_in(thread)
  for level = 0, 250 do
    local info = getinfo(thread, level, "Sl")
    if not info then return 0 end
    if info.source == MAIN and info.currentline > 0 then return info.currentline end
  end
  return 0
end

local guard

-- The line of the nearest function of the main script that is being run, or 0.
local function line_at()
  local thread, main = running(), guard.main_thread()
  local line = line_in(thread)
  return line == 0 and main and main ~= thread and line_in(main) or line
end

local function part(name, ...) return load(sources[name], PRELUDE, "t")(...) end

local is_instrument = setmetatable({}, { __mode = "k" })
guard = part("limits", host.limit, limits, line_at)
local texts = part("texts", guard.check_size, guard.delegate, bounds.text)
local codec = part("codec", bounds.depth, bounds.text, bounds.bytes, guard.check_size, is_instrument)
local calls = part("calls", host, codec, guard.give_up, line_at, places, is_instrument, bounds.columns)
local deliver, caller_line, delegate = calls.deliver, calls.caller_line, guard.delegate

-- The parts of Lua that scripts get as they are. --------------------------------------------------------------

local KEPT <const> = {
  string = "byte char find gmatch gsub len lower match pack packsize reverse sub unpack upper",
  os = "clock date difftime time",
  coroutine = "close status",
}
local BASE <const> = "assert error ipairs next pairs rawequal rawget rawlen rawset select tonumber type _VERSION"

local function chosen(from, names)
  local library = {}
  for name in string.gmatch(names, "%g+") do library[name] = from[name] end
  return library
end

local function copied(from)
  local library = {}
  for name, value in next, from do library[name] = value end
  return library
end

local env = chosen(_G, BASE)
for name, names in next, KEPT do env[name] = chosen(_G[name], names) end
for _, name in next, { "math", "table", "utf8" } do env[name] = copied(_G[name]) end
env._G = env

-- What scripts get in a narrower form. ------------------------------------------------------------------------

env.pcall, env.xpcall, env.tostring = guard.pcall, guard.xpcall, texts.tostring
for name in string.gmatch("create wrap resume running isyieldable yield", "%a+") do
  env.coroutine[name] = guard[name]
end
env.string.format = texts.format

function env.setmetatable(object, meta)
  if type(meta) == "table" and rawget(meta, "__gc") ~= nil then
    error("__gc is not available to scripts", 2)
  end
  return delegate("setmetatable", setmetatable, object, meta)
end

function env.getmetatable(object)
  if type(object) == "table" then return getmetatable(object) end
  return nil
end

function env.collectgarbage(what)
  if what ~= "count" then error('collectgarbage takes only "count"', 2) end
  return collectgarbage("count")
end

function env.string.rep(text, count, separator)
  if type(text) == "string" and math_type(count) and count > 0 then
    local size = #text * count + (type(separator) == "string" and #separator * (count - 1) or 0)
    guard.check_size("max_string_length", size)
    if limits.max_memory_mb and size > limits.max_memory_mb * 2 ^ 20 then guard.stop("max_memory_mb") end
  end
  return delegate("rep", rep, text, count, separator)
end

-- Lua's own seed is an address, and told when it is set anew.
local randomseed, random = math.randomseed, math.random
randomseed(bounds.seed)

function env.math.randomseed(...)
  if select("#", ...) > 0 then return delegate("randomseed", randomseed, ...) end
  randomseed(random(0), random(0))
end

local function read_pieces(reader)
  local pieces, size = {}, 0
  while true do
    local piece = reader()
    if piece == nil or piece == "" then return concat(pieces) end
    if type(piece) ~= "string" then error("reader function must return a string", 0) end
    size = size + #piece
    if size > MAX_LOAD then error("a chunk longer than " .. MAX_LOAD .. " bytes", 0) end
    pieces[#pieces + 1] = piece
  end
end

-- The `load` of a module, or of the script: what it loads has the globals of who loads it.
local function load_for(globals)
  return function(chunk, name, mode, ...)
    if type(chunk) == "function" then
      local ok, text = guard.pcall(read_pieces, chunk)
      if not ok then return nil, text end
      chunk, name = text, name or "=(load)"
    end
    if type(chunk) == "string" and #chunk > MAX_LOAD then
      return nil, "a chunk longer than " .. MAX_LOAD .. " bytes"
    end
    places.foreign = true
    if select("#", ...) > 0 then return delegate("load", load, chunk, name, "t", (...)) end
    return delegate("load", load, chunk, name, "t", globals)
  end
end

env.load = load_for(env)

if limits.max_string_length then
  local length = function(text) return type(text) == "string" and #text or 0 end
  env.string.gsub = guard.bounded("gsub", string.gsub, "max_string_length", length)
  env.string.format = guard.bounded("format", texts.format, "max_string_length", length)
  env.table.concat = guard.bounded("concat", table.concat, "max_string_length", length)
end

if limits.max_array_size then
  env.table.pack = guard.bounded("pack", table.pack, "max_array_size", function(t) return t.n end)
  env.table.move = guard.bounded("move", table.move, "max_array_size", function(t) return #t end)
  function env.table.insert(list, ...)
    if type(list) == "table" then guard.check_size("max_array_size", #list + 1) end
    return delegate("insert", insert, list, ...)
  end
end

-- What the host adds. -----------------------------------------------------------------------------------------

env.instruments = calls.instruments

local modules, loading = {}, {}
local require_for

-- Load a module: its globals are those of the script, but for a `require` and a `load` of its own.
local function load_module(name, source, file)
  if loading[name] then error("module '" .. name .. "' requires itself", 3) end
  local own = setmetatable(
    { require = require_for(name) },
    { __index = env, __newindex = env, __metatable = false }
  )
  own.load = load_for(own)
  local chunk, why = load(source, "=" .. file, "t", own)
  if not chunk then error("module '" .. name .. "' is not valid: " .. why, 3) end
  places.foreign = true
  loading[name] = true
  local loaded <close> = setmetatable({}, { __close = function() loading[name] = nil end })
  local value = chunk(name)
  if value == nil then value = true end
  modules[name] = value
end

-- The `require` of one module, or of the script, which is called "": it reaches what that one declares.
function require_for(importer)
  local known = {}
  return function(name)
    if known[name] ~= nil then return known[name] end
    if type(name) ~= "string" or not utf8_len(name) then error("require takes the name of a module", 2) end
    local ok, source, file = host.module(caller_line(), importer, name)
    if not ok then return deliver(ok, source) end
    if modules[name] == nil then load_module(name, source, file) end
    known[name] = modules[name]
    return known[name]
  end
end

env.require = require_for("")

local function add_function(name, id, is_never_refused)
  if name == "record" then
    env.record = calls.record
  elseif name == "print" or sub(name, 1, 4) == "log_" then
    env[name] = calls.text_function(id, texts.line_of)
  elseif is_never_refused then
    env[name] = calls.bare_function(id)
  else
    env[name] = calls.host_function(id)
  end
end

if guard.is_sized then guard.watch_sizes(part("sizes", limits, guard.stop, env, PRELUDE)) end

-- No way around the functions above. --------------------------------------------------------------------------

local string_methods = copied(env.string)
setmetatable(string_methods, { __index = env.string }) -- what a script adds to `string` is a method too
local string_meta = getmetatable("")
string_meta.__index, string_meta.__metatable = string_methods, false
debug.getmetatable(host.call).__metatable = false -- all objects of the host share it

-- Running. ----------------------------------------------------------------------------------------------------

local function frame_text(info)
  local what = "in main chunk"
  if info.what ~= "main" then
    what = info.name and "in function '" .. info.name .. "'" or "in function at line " .. info.linedefined
  end
  return info.short_src .. ":" .. info.currentline .. ": " .. what
end

-- The lines of the script on the stack of a thread, the innermost first; and that of the main script.
local function frames_of(thread)
  local lines = {}
  for level = 0, 250 do
    local info = getinfo(thread, level, "Sln")
    if not info then break end
    if info.currentline > 0 and info.source ~= PRELUDE then
      if #lines == MAX_FRAMES then
        lines[#lines + 1] = "..."
        break
      end
      lines[#lines + 1] = frame_text(info)
    end
  end
  return concat(lines, "\n"), line_in(thread)
end

local function describe(thread)
  local ok, frames, line = pcall(frames_of, thread)
  if ok then return frames, line end
  return "", 0 -- `getinfo` wants room on the thread's stack: it is full, and there is no memory to lengthen it
end

local function error_text(problem)
  if type(problem) == "string" then return sub(problem, 1, MAX_ERROR) end
  if type(problem) == "number" then return tostring(problem) end
  return "(error object is a " .. type(problem) .. ")"
end

-- What the main chunk closes when it returns, while its variables are still there: all is looked at once more.
local last_look = setmetatable({}, {
  __metatable = false,
  __close = function(_, problem)
    if problem == nil then guard.last_survey() end
  end,
})

-- Let the first thing that the main chunk reads, by a name that its text does not hold, be `last_look`.
local function offer_last_look()
  setmetatable(env, {
    __index = function()
      setmetatable(env, nil)
      return last_look
    end,
  })
end

-- Compile and run: `true, result as text` or `false, message, trace`; raises where the run was ended.
-- `guarded` is `source` again, written so that the main chunk makes no tail call; too many variables keep it
-- from compiling where `source` does. Memory is limited from here on, where running out of it can be handled.
local function run(guarded, source)
  host.limit_memory()
  local chunk, why = load(guarded, MAIN, "t", env)
  if chunk and guard.is_sized then offer_last_look() end
  if not chunk then chunk, why = load(source, MAIN, "t", env) end
  if not chunk then guard.settle(false, why) end
  local ok, value, trace = guard.run_main(chunk, describe)
  if not ok then return false, error_text(value), trace end
  local text
  text, why = codec.encode_all({ value }, 1)
  if not text then return false, "the script's result cannot be " .. why end
  return true, text
end

local function set_global(name, data) env[name] = codec.decode(data) end

local real = _G
for name in next, copied(real) do real[name] = nil end

return run, add_function, calls.add_instrument, set_global, env
