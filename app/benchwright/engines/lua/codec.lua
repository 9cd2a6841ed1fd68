-- Values as texts between Lua and Python; `codec.py` is the other half and names the format.
-- Given: bounds, what to do when a text or table is over a limit of the run, and which tables are instruments.

local MAX_DEPTH, MAX_TEXT, MAX_BYTES, check_size, is_instrument = ...

local type, next, rawget, rawlen, tostring = type, next, rawget, rawlen, tostring
local math_type, pack, unpack, byte = math.type, string.pack, string.unpack, string.byte
local concat, utf8_len = table.concat, utf8.len

-- Say why a text cannot leave Lua, or nothing where it can.
local function text_refusal(text)
  check_size("max_string_length", #text)
  if #text > MAX_TEXT then return "a text longer than " .. MAX_TEXT .. " bytes" end
  if not utf8_len(text) then return "a text that is not valid UTF-8" end
end

-- The number of items where the keys of `t` are exactly 1..n, else nil; and the number of all keys.
local function sequence_length(t)
  local keys, length = 0, rawlen(t)
  for _ in next, t do keys = keys + 1 end
  if keys ~= length then return nil, keys end
  for i = 1, length do
    if rawget(t, i) == nil then return nil, keys end
  end
  return length, keys
end

local put

local function put_items(out, t, length, depth)
  out[#out + 1] = pack("<c1I4", "l", length)
  for i = 1, length do
    local why = put(out, rawget(t, i), depth)
    if why then return why end
  end
end

local function put_pairs(out, t, count, depth)
  out[#out + 1] = pack("<c1I4", "m", count)
  for key, value in next, t do
    if type(key) == "number" then key = tostring(key) end
    if type(key) ~= "string" then return "a table with a " .. type(key) .. " as key" end
    local why = text_refusal(key)
    if why then return why end
    out[#out + 1] = pack("<s4", key)
    why = put(out, value, depth)
    if why then return why end
  end
end

local function put_table(out, t, depth)
  if is_instrument[t] then return "an instrument" end
  if out.path[t] then return "a table that contains itself" end
  if depth == 0 then return "a table nested deeper than " .. MAX_DEPTH .. " levels" end
  local length, keys = sequence_length(t)
  check_size("max_array_size", keys)
  if keys * 2 > MAX_BYTES then return "more than " .. MAX_BYTES // 1024 .. " KB at once" end
  out.path[t] = true
  local why
  if length then
    why = put_items(out, t, length, depth - 1)
  else
    why = put_pairs(out, t, keys, depth - 1)
  end
  out.path[t] = nil
  return why
end

-- Append `value` to the pieces in `out`; says why where it cannot.
function put(out, value, depth)
  local kind = type(value)
  if kind == "number" then
    out[#out + 1] = math_type(value) == "integer" and pack("<c1i8", "i", value) or pack("<c1d", "d", value)
  elseif kind == "boolean" then
    out[#out + 1] = value and "t" or "f"
  elseif kind == "nil" then
    out[#out + 1] = "n"
  elseif kind == "string" then
    local why = text_refusal(value)
    if why then return why end
    out[#out + 1] = pack("<c1s4", "s", value)
  elseif kind == "table" then
    return put_table(out, value, depth)
  else
    return "a " .. kind
  end
end

-- Return the `count` values of `values` as one text, a list of them; or nil and why not.
local function encode_all(values, count)
  local out = { pack("<c1I4", "l", count), path = {} }
  for i = 1, count do
    local why = put(out, values[i], MAX_DEPTH)
    if why then return nil, why end
  end
  local text = concat(out)
  if #text > MAX_BYTES then return nil, "more than " .. MAX_BYTES // 1024 .. " KB at once" end
  return text
end

local get

local function get_floats(data, at)
  local list, count = {}, nil
  count, at = unpack("<I4", data, at)
  for i = 1, count do
    list[i], at = unpack("<d", data, at)
  end
  return list, at
end

local function get_list(data, at)
  local list, count = {}, nil
  count, at = unpack("<I4", data, at)
  for i = 1, count do
    list[i], at = get(data, at)
  end
  return list, at
end

local function get_map(data, at)
  local map, count, key = {}, nil, nil
  count, at = unpack("<I4", data, at)
  for _ = 1, count do
    key, at = unpack("<s4", data, at)
    map[key], at = get(data, at)
  end
  return map, at
end

local readers = {
  [byte("n")] = function(_, at) return nil, at end,
  [byte("t")] = function(_, at) return true, at end,
  [byte("f")] = function(_, at) return false, at end,
  [byte("i")] = function(data, at) return unpack("<i8", data, at) end,
  [byte("d")] = function(data, at) return unpack("<d", data, at) end,
  [byte("s")] = function(data, at) return unpack("<s4", data, at) end,
  [byte("l")] = get_list,
  [byte("D")] = get_floats,
  [byte("m")] = get_map,
}

function get(data, at)
  return readers[byte(data, at)](data, at + 1)
end

-- Return the value that `data` holds, its tables new.
local function decode(data)
  return (get(data, 1))
end

return { encode_all = encode_all, decode = decode, text_refusal = text_refusal }
