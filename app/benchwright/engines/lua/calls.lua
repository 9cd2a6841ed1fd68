-- Calls from a script to the host. Nothing of the host raises into Lua: it answers `true, value`, or
-- `true, text, true` where the text holds a list or map, or `false, message`, or nothing where the run is over;
-- the error is raised here, so that its message carries the script's own line.
-- Every function below is called by tail calls alone, so that level 2 is always the script.

local host, codec, give_up, line_at, places, is_instrument, MAX_COLUMNS = ...

local error, type, select, next, rawequal, setmetatable = error, type, select, next, rawequal, setmetatable
local getinfo, unpack, utf8_len, sort = debug.getinfo, table.unpack, utf8.len, table.sort
local encode_all, decode, text_refusal = codec.encode_all, codec.decode, codec.text_refusal
local call, call_packed, record_row, refuse = host.call, host.call_packed, host.record, host.refuse

local PLAIN <const> = { number = true, boolean = true, ["nil"] = true }

-- Return the host's answer to the script or raise its error there.
local function deliver(ok, value, packed)
  if ok then
    if packed then return decode(value) end
    return value
  end
  if ok == nil then give_up() end
  error(value, 2)
end

-- The line from which the function that asks was called; 0 where no line of the script is below it.
local function caller_line()
  local info = getinfo(3, "l")
  local line = info and info.currentline or 0
  if line > 0 and not places.foreign then return line end
  return line_at()
end

local function invoke_packed(id, line, ...)
  local text, why = encode_all({ ... }, select("#", ...))
  if not text then return deliver(refuse(id, line, why)) end
  return deliver(call_packed(id, line, text))
end

-- Call number `id` of the host.
local function invoke(id, ...)
  local line = caller_line()
  local count = select("#", ...)
  for i = 1, count do
    local value = select(i, ...)
    local kind = type(value)
    if kind == "string" then
      local why = text_refusal(value)
      if why then return deliver(refuse(id, line, why)) end
    elseif not PLAIN[kind] or count > 32 then
      return invoke_packed(id, line, ...)
    end
  end
  return deliver(call(id, line, ...))
end

local row = {} -- one row, name and value by turns; used again and again

-- Fill the row; returns how much of it is used, or nil and why it cannot be, or nil where it holds tables.
local function fill_row(values)
  if type(values) ~= "table" or is_instrument[values] then
    return nil, "a " .. type(values) .. " in place of named values"
  end
  local count = 0
  for name, value in next, values do
    local kind = type(value)
    if kind == "string" then
      local why = text_refusal(value)
      if why then return nil, why end
    elseif kind ~= "number" and kind ~= "boolean" then
      return nil
    end
    if type(name) ~= "string" or not utf8_len(name) then
      return nil, "a value without a name; write record{ angle = 45 }"
    end
    if count == MAX_COLUMNS * 2 then return nil, "more than " .. MAX_COLUMNS .. " values" end
    row[count + 1], row[count + 2] = name, value
    count = count + 2
  end
  return count
end

local function record(values)
  local line = caller_line()
  local count, why = fill_row(values)
  if count then return deliver(record_row(line, unpack(row, 1, count))) end
  if why then return deliver(refuse(0, line, why)) end
  return invoke_packed(0, line, values)
end

-- Return the Lua function that calls number `id` of the host.
local function host_function(id)
  return function(...) return invoke(id, ...) end
end

-- Return one that leaves its arguments where they are: nothing about them can be refused.
local function bare_function(id)
  return function() return invoke(id) end
end

local function write(id, text) return deliver(host.write(id, caller_line(), text)) end

-- Return a Lua function that writes its arguments as one text, as `print` does.
local function text_function(id, line_of)
  return function(...) return write(id, line_of(...)) end
end

local function method_of(proxy, id)
  return function(self, ...)
    if rawequal(self, proxy) then return invoke(id, ...) end
    if self == nil and select("#", ...) == 0 then return invoke(id) end
    return invoke(id, self, ...)
  end
end

local proxies = {}

-- Offer an instrument; `number` names it to the host, the rest are its methods' names and ids by turns.
local function add_instrument(number, name, ...)
  local proxy, methods = {}, {}
  for i = 1, select("#", ...), 2 do
    local method, id = select(i, ...)
    methods[method] = method_of(proxy, id)
  end
  setmetatable(methods, {
    __index = function(_, key)
      if type(key) ~= "string" or not utf8_len(key) then error("the name of a method must be a text", 2) end
      return deliver(host.no_method(number, caller_line(), key))
    end,
  })
  setmetatable(proxy, {
    __index = methods,
    __newindex = function() error("instrument " .. name .. " cannot be changed", 2) end,
    __metatable = false,
    __name = "instrument",
    __tostring = function() return "instrument " .. name end,
  })
  is_instrument[proxy] = true
  proxies[name] = proxy
end

local instruments = {}

function instruments.get(name, after_self)
  if name == instruments then name = after_self end -- instruments:get(name), as methods are called
  local proxy = proxies[name]
  if proxy then return proxy end
  if type(name) == "string" and utf8_len(name) then return deliver(host.no_instrument(caller_line(), name)) end
  error("instruments.get takes the name of an instrument", 2)
end

function instruments.list()
  local names = {}
  for name in next, proxies do names[#names + 1] = name end
  sort(names)
  return names
end

return {
  deliver = deliver,
  record = record,
  host_function = host_function,
  bare_function = bare_function,
  text_function = text_function,
  add_instrument = add_instrument,
  instruments = instruments,
  caller_line = caller_line,
}
