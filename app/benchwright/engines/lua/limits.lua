-- The limits of a run inside Lua, and the functions through which a script could outlive one.
-- Given: how to report a limit to the host, the limits by name (nil where there is none), and how a script's
-- line is found. A limit that was met ends the run: `stopped` is set, and whatever catches an error throws on.

local report, limits, line_at = ...

local OUT_OF_MEMORY <const> = "not enough memory" -- Lua's own word for it
local SPARE <const> = 64 * 1024 -- bytes kept free to describe an error when there is no memory left
local STEP <const> = 100 -- instructions between two looks at the count

local error, type, select, pcall, xpcall, setmetatable = error, type, select, pcall, xpcall, setmetatable
local sethook, rep, gsub = debug.sethook, string.rep, string.gsub
local create, resume, wrap, close = coroutine.create, coroutine.resume, coroutine.wrap, coroutine.close
local running, isyieldable, yield = coroutine.running, coroutine.isyieldable, coroutine.yield

-- The main thread: one whose stack can still be read when an error, even that of no memory, has ended it.
local main

local is_sized = limits.max_string_length or limits.max_array_size or limits.max_variables
local is_counted = limits.max_instructions or is_sized
local stopped = false -- or the name of the limit that was met
local spare -- what is let go when there is no memory left
local heap_line = 0 -- where a collection of garbage last ended within what is called protected now
local instructions = 0
local sizes -- looks at what the script keeps, where a limit of sizes asks for it
local next_survey = 0 -- the count of instructions at which it looks at everything again

-- Tell the host that a limit was met and end the script; `line` is given where the stack is gone.
local function stop(name, line)
  if not stopped then
    spare = nil
    if not line or line == 0 then line = name == "max_memory_mb" and heap_line or 0 end
    if line == 0 then line = line_at() end
    report(name, line) -- where there is no memory left even for this, whoever catches that tries again
    stopped = name
  end
  error(stopped, 0)
end

-- End the script for a failure that the host keeps.
local function give_up()
  stopped = stopped or "ended"
  error(stopped, 0)
end

local function pass_on(name, ok, ...)
  local why, reason = ...
  if ok then
    if why == nil and reason == OUT_OF_MEMORY then stop("max_memory_mb") end -- as `load` says it
    return ...
  end
  if stopped then error(stopped, 0) end
  if why == OUT_OF_MEMORY then stop("max_memory_mb") end
  if type(why) == "string" then
    why = gsub(why, "^(bad argument #%d+ to )'[^']*'", "%1'" .. name .. "'")
  end
  error(why, 2)
end

-- Call a function of Lua that is known to scripts by `name`, so that its errors are those of the caller.
local function delegate(name, f, ...) return pass_on(name, pcall(f, ...)) end

local function check_size(name, size)
  local limit = limits[name]
  if limit and size > limit then stop(name) end
end

local function settle(ok, ...)
  if not ok then
    if stopped then error(stopped, 0) end
    if ... == OUT_OF_MEMORY then stop("max_memory_mb") end
  end
  return ok, ...
end

local function script_pcall(...)
  if select("#", ...) == 0 then return delegate("pcall", pcall) end
  heap_line = 0
  return settle(pcall(...))
end

local function script_xpcall(f, handler, ...)
  if type(handler) ~= "function" then return delegate("xpcall", xpcall, f, handler, ...) end
  local function handle(problem)
    if stopped then return problem end -- no line of the script runs any more
    return handler(problem)
  end
  heap_line = 0
  return settle(xpcall(f, handle, ...))
end

local function script_resume(thread, ...)
  if type(thread) ~= "thread" then return delegate("resume", resume, thread, ...) end
  heap_line = 0
  return settle(resume(thread, ...))
end

-- Look at everything that the script keeps, and next when ten times as much was done as this took.
local function survey() next_survey = instructions + 10 * sizes.survey(main) end

-- Counts instructions by steps; a new coroutine costs one step, so that many short ones are no way around.
local function count_step()
  instructions = instructions + STEP
  if limits.max_instructions and instructions > limits.max_instructions then
    sethook(count_step, "", 1)
    stop("max_instructions")
  end
  if sizes then
    sizes.glance()
    if instructions >= next_survey then survey() end
    sethook(count_step, "", STEP) -- what is done in here would be counted, too
  end
end

local function counted_create(f)
  if type(f) ~= "function" then return delegate("create", create, f) end
  count_step()
  local thread = create(f)
  sethook(thread, count_step, "", STEP)
  return thread
end

local function hand_over(thread, ok, ...)
  if ok then return ... end
  settle(ok, ...)
  close(thread)
  error(..., type(...) == "string" and 2 or 0)
end

local function counted_wrap(f)
  if type(f) ~= "function" then return delegate("wrap", wrap, f) end
  local thread = counted_create(f)
  return function(...) return hand_over(thread, resume(thread, ...)) end
end

-- A function like `f`, known by `name`, whose first result is held to a limit.
local function bounded(name, f, limit, size)
  local function check(ok, value, ...)
    if ok then check_size(limit, size(value)) end
    return pass_on(name, ok, value, ...)
  end
  return function(...) return check(pcall(f, ...)) end
end

-- What a collection leaves behind notes where the script is: a memory error itself does not say.
local function watch_heap()
  setmetatable({}, {
    __gc = function()
      local line = line_at()
      if line > 0 then heap_line = line end
      watch_heap()
    end,
  })
end

local function main_thread() return main end

local function is_main(thread) return thread == main end

-- Run `f`; what it returns or the error that ended it. `describe` reads the stack of the error: its first result
-- is handed on behind the error, its second is the script's line.
local function run_main(f, describe)
  main = create(f)
  if sizes then sizes.begin() end
  if is_counted then sethook(main, count_step, "", STEP) end
  watch_heap()
  spare = rep(" ", SPARE)
  local ok, value = resume(main)
  spare = nil
  if ok then return true, value end
  local trace, line = describe(main)
  if stopped then error(stopped, 0) end
  if value == OUT_OF_MEMORY then stop("max_memory_mb", line) end
  local _, closed = close(main) -- variables that are to be closed are closed now, and may raise another error
  return false, closed, trace
end

-- What a script sees of its main thread is that it is no coroutine.
local function script_running()
  local thread = running()
  return thread, is_main(thread)
end

local function script_isyieldable(thread)
  if is_main(thread or running()) then return false end
  if thread == nil then return isyieldable() end
  return isyieldable(thread)
end

local function script_yield(...)
  if is_main(running()) then error("attempt to yield from outside a coroutine", 2) end
  return yield(...)
end

-- The last look, when nothing of the script is still to run: its own instructions are not counted.
local function last_survey()
  sethook()
  survey()
end

-- Let `watch` look at what the script keeps.
local function watch_sizes(watch) sizes = watch end

return {
  stop = stop,
  is_sized = is_sized,
  watch_sizes = watch_sizes,
  last_survey = last_survey,
  give_up = give_up,
  check_size = check_size,
  bounded = bounded,
  delegate = delegate,
  run_main = run_main,
  main_thread = main_thread,
  settle = settle,
  pcall = script_pcall,
  xpcall = script_xpcall,
  resume = script_resume,
  running = script_running,
  isyieldable = script_isyieldable,
  yield = script_yield,
  create = is_counted and counted_create or create,
  wrap = is_counted and counted_wrap or wrap,
}
