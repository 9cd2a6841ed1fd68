-- Values as texts for people: `tostring`, `print` and `string.format` without an address of memory in them.

local check_size, delegate, MAX_TEXT = ...

local error, type, select, tostring, setmetatable = error, type, select, tostring, setmetatable
local getmetatable, rawget = debug.getmetatable, rawget
local find, gmatch, gsub = string.find, string.gmatch, string.gsub
local format, sub = string.format, string.sub
local concat, pack, unpack = table.concat, table.pack, table.unpack

local HAS_ADDRESS <const> = { table = true, ["function"] = true, thread = true, userdata = true }

local numbers, count = setmetatable({}, { __mode = "k" }), 0

-- A small number that stays with an object for its life.
local function number_of(object)
  local number = numbers[object]
  if not number then
    count = count + 1
    number = count
    numbers[object] = number
  end
  return number
end

local function object_text(object)
  local meta = type(object) == "table" and getmetatable(object)
  local name = type(object)
  if meta then
    local convert = rawget(meta, "__tostring")
    if convert then
      local text = convert(object)
      if type(text) ~= "string" then error("'__tostring' must return a string", 0) end
      return text
    end
    local given = rawget(meta, "__name")
    if type(given) == "string" then name = given end
  end
  return name .. ": " .. number_of(object)
end

local function script_tostring(...)
  local value = ...
  if HAS_ADDRESS[type(value)] then return object_text(value) end
  if value == nil and select("#", ...) == 0 then return delegate("tostring", tostring) end
  return tostring(value)
end

-- The arguments as `print` shows them, between tabs, cut where they are longer than a line may be.
local function line_of(...)
  local text
  if select("#", ...) == 1 then
    text = script_tostring((...))
  else
    local parts = pack(...)
    for i = 1, parts.n do parts[i] = script_tostring(parts[i]) end
    text = concat(parts, "\t")
  end
  check_size("max_string_length", #text)
  if #text > MAX_TEXT then return sub(text, 1, MAX_TEXT) .. "... (cut)" end
  return text
end

local function asks_for_address(template)
  return find(template, "%%[^%a%%]*p") and find((gsub(template, "%%%%", "")), "%%[^%a%%]*p")
end

-- Whether an argument is for %q, the one conversion that takes no text in place of an object.
local function is_quoted(template, position)
  for conversion in gmatch(template, "%%[^%a%%]*([%a%%])") do
    if conversion ~= "%" then position = position - 1 end
    if position == 0 then return conversion == "q" end
  end
end

local function script_format(template, ...)
  local is_text = type(template) == "string"
  if is_text and asks_for_address(template) then error("string.format: %p is not available", 2) end
  for i = 1, select("#", ...) do
    if HAS_ADDRESS[type((select(i, ...)))] then
      local values = pack(...)
      for k = i, values.n do
        if HAS_ADDRESS[type(values[k])] and not (is_text and is_quoted(template, k)) then
          values[k] = object_text(values[k])
        end
      end
      return delegate("format", format, template, unpack(values, 1, values.n))
    end
  end
  return delegate("format", format, template, ...)
end

return { tostring = script_tostring, format = script_format, line_of = line_of }
