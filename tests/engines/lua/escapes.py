"""Attempts to get out of a Lua script's environment: one table, tried on the engine and in real workers.

Each is the name of the attempt, its script, and what becomes of it: the value that it returns, words of the
error that ends it (`Refused`), or any end at all that tells no address of memory (`NO_ADDRESS`). In all of
them `motor` is an instrument that answers 1.5 to everything.
"""

from typing import Any, NamedTuple


class Refused(NamedTuple):
    """The script ends with an error that contains these words."""

    words: str


NO_ADDRESS = object()
PREAMBLE = 'local motor, printed = instruments.get("motor"), ""\n'

ATTEMPTS: list[tuple[str, str, Any]] = [
    ("io", "return io == nil and os.execute == nil and os.getenv == nil and os.exit == nil", True),
    ("files by os", "return os.remove == nil and os.rename == nil and os.tmpname == nil", True),
    ("locale", "return os.setlocale == nil", True),
    ("debug", "return debug == nil and _G.debug == nil and rawget(_G, 'debug') == nil", True),
    ("package", "return package == nil and dofile == nil and loadfile == nil and warn == nil", True),
    ("lupa", "return python == nil and lupa == nil", True),
    ("dump", "return string.dump == nil and ('').dump == nil", True),
    ("globals by load", "return load('return debug or io or package or python')()", None),
    ("globals by load with env", "return load('return _G, debug', 'x', 't', {})()", None),
    ("globals by _ENV", "local g = _ENV return g == _G and g.debug == nil", True),
    (
        "binary chunk",
        "local f, why = load('\\27Lua', 'x', 'b') return f == nil and why",
        "attempt to load a binary chunk (mode is 't')",
    ),
    ("binary chunk, mode bt", "return (load('\\27LuaT\\0', 'x', 'bt'))", None),
    (
        "binary chunk in pieces",
        "local s = '\\27Lua' return (load(function() local r = s s = nil return r end))",
        None,
    ),
    (
        "endless reader",
        "local f, why = load(function() return ' ' end) return why",
        "a chunk longer than 1048576 bytes",
    ),
    ("long chunk", "return (load((' '):rep(2^20 + 1)))", None),
    ("failing reader", "local f, why = load(function() error('no', 0) end) return why", "no"),
    (
        "nested chunk",
        "local f, why = load(('('):rep(100000)) return f == nil and why:match('overflow')",
        "overflow",
    ),
    ("string metatable", "return getmetatable('') == nil and getmetatable(print) == nil", True),
    ("methods of strings", "string.upper = function() return 'mine' end return ('x'):upper()", "X"),
    ("methods by metatable", "return pcall(setmetatable, 'x', {})", False),
    (
        "own string method",
        "function string.trim(s) return (s:gsub('^%s+', '')) end return ('  x'):trim()",
        "x",
    ),
    ("metatable of an instrument", "return getmetatable(motor)", False),
    ("fields of a proxy", "return next(motor) == nil and #motor == 0", True),
    ("rawset on a proxy", "rawset(motor, 'read', 5) return instruments.get('motor').read", 5),
    ("function attributes", "return pcall(function() return motor.read.__self__ end)", False),
    ("host attributes", "return pcall(function() return record.__globals__ end)", False),
    (
        "global metatable that throws",
        "setmetatable(_G, {__index = error, __newindex = error}) return motor:read()",
        1.5,
    ),
    ("own debug table", "debug = {traceback = function() error('gotcha') end} return motor:read()", 1.5),
    ("no _ENV", "local m = motor do local _ENV = nil return m:read() end", 1.5),
    (
        "replaced builtins",
        "error, type, select, next, pcall, tostring, rawget = nil return motor:read{}",
        1.5,
    ),
    (
        "emptied libraries",
        "for _, t in ipairs{string, table} do for k in pairs(t) do t[k] = nil end end return motor:read{}",
        1.5,
    ),
    (
        "metamethods of arguments",
        "return motor:echo(setmetatable({1}, {__index = error, __len = error, __pairs = error}))",
        1.5,
    ),
    (
        "equality with a proxy",
        "return motor.echo(setmetatable({1}, {__eq = function() error('x') end}))",
        1.5,
    ),
    ("too many values", "return (pcall(table.unpack, {}, 1, 1e7))", False),
    ("many arguments", "local t = {} for i = 1, 200 do t[i] = i end return motor:echo(table.unpack(t))", 1.5),
    ("pcall in pcall", "local function f() return pcall(f) end return type(f())", "boolean"),
    ("xpcall handler that fails", "return (xpcall(error, function(e) error(e) end, 'x'))", False),
    (
        "yield in a callback",
        "return coroutine.wrap(function() return (pcall(string.gsub, 'x', 'x', coroutine.yield)) end)()",
        False,
    ),
    ("close the main thread", "return (pcall(coroutine.close, (coroutine.running())))", False),
    (
        "close it from another",
        "local m = coroutine.running() return (pcall(coroutine.wrap(function() coroutine.close(m) end)))",
        False,
    ),
    ("resume the main thread", "local main = coroutine.running() return (coroutine.resume(main))", False),
    ("yield of the main thread", "return (pcall(coroutine.yield))", False),
    ("no coroutine", "local _, main = coroutine.running() return main and not coroutine.isyieldable()", True),
    (
        "sort with a bad order",
        "return (pcall(table.sort, {3, 1, 2, 5, 4}, function() return true end)) ~= nil",
        True,
    ),
    ("levels of error", "return select(2, pcall(error, 'x', 1e15))", "x"),
    ("date", "return (pcall(os.date, '%Ez')) or (pcall(os.date, '*t', 1e300))", False),
    (
        "sandboxed clock",
        "return math.type(os.time()) == 'integer' and os.clock() >= 0 and #os.date() > 0",
        True,
    ),
    ("seed", "return select('#', math.randomseed())", 0),
    (
        "seed given",
        "math.randomseed(42) local a = math.random(1000) math.randomseed(42) return a == math.random(1000)",
        True,
    ),
    (
        "weak tables",
        "local t = setmetatable({}, {__mode = 'k'}) t[{}] = 1 return collectgarbage('count') > 0",
        True,
    ),
    # --- more of what is not there ---
    (
        "bit library and unpack of old",
        "return bit32 == nil and unpack == nil and loadstring == nil and setfenv == nil",
        True,
    ),
    (
        "getfenv and newproxy",
        "return getfenv == nil and newproxy == nil and module == nil and gcinfo == nil",
        True,
    ),
    ("os by string", "return os['exe' .. 'cute'] == nil and os['get' .. 'env'] == nil", True),
    ("io by load", "return load('return io')()", None),
    ("io.popen", "return (pcall(function() return io.popen('id') end))", False),
    ("os.execute", "return (pcall(function() return os.execute('id') end))", False),
    ("os.exit", "return (pcall(function() os.exit(0) end))", False),
    ("os.getenv", "return (pcall(function() return os.getenv('HOME') end))", False),
    ("os.remove", "return (pcall(function() return os.remove('/tmp/x') end))", False),
    ("os.tmpname", "return (pcall(function() return os.tmpname() end))", False),
    ("package.loadlib", "return (pcall(function() return package.loadlib('libc.so.6', '*') end))", False),
    ("package.loaded", "return (pcall(function() return package.loaded.io end))", False),
    ("package.cpath", "return (pcall(function() return package.cpath end))", False),
    ("searchers", "return (pcall(function() return package.searchers[4] end))", False),
    ("dofile", "return (pcall(function() return dofile('/etc/passwd') end))", False),
    ("loadfile", "return (pcall(function() return loadfile('/etc/passwd') end))", False),
    ("debug.getregistry", "return (pcall(function() return debug.getregistry() end))", False),
    ("debug.getupvalue", "return (pcall(function() return debug.getupvalue(record, 1) end))", False),
    ("debug.setmetatable", "return (pcall(function() return debug.setmetatable('', {}) end))", False),
    ("debug.sethook", "return (pcall(function() return debug.sethook() end))", False),
    ("python.eval", "return (pcall(function() return python.eval('1') end))", False),
    ("python.builtins", "return (pcall(function() return python.builtins.open('/etc/passwd') end))", False),
    ("dump through a method", "return (pcall(function() return ('x').dump(print) end))", False),
    ("bytecode of a function", "return (pcall(function() return string.dump(function() end) end))", False),
    ("bytecode behind a line", "return (load('\\n\\27Lua', 'x', 'b'))", None),
    # --- Python behind what is there ---
    ("class of a function", "return (pcall(function() return print.__class__ end))", False),
    ("globals of a function", "return (pcall(function() return record.__globals__ end))", False),
    ("class of an instrument", "return (pcall(function() return motor.__class__ end))", False),
    ("attribute by getattr", "return (pcall(function() return motor.read.__getattribute__ end))", False),
    ("subclasses of a text", "return (pcall(function() return ('').__class__.__mro__ end))", False),
    (
        "kinds of all globals",
        "for _, v in pairs(_G) do if type(v) == 'userdata' then return false end end return true",
        True,
    ),
    (
        "userdata below all globals",
        """local seen, found = {}, 0
        local function walk(v)
            if type(v) == 'userdata' then found = found + 1 end
            if type(v) ~= 'table' or seen[v] then return end
            seen[v] = true
            for k, x in next, v do walk(k) walk(x) end
            local m = getmetatable(v)
            if type(m) == 'table' then walk(m) end
        end
        walk(_G) walk(motor) return found""",
        0,
    ),
    ("reply is no object", "local v = motor:read() return math.type(v)", "float"),
    ("parameters are plain", "return type(params) == 'table' and getmetatable(params) == nil", True),
    (
        "upvalues by an error handler",
        "return select(2, xpcall(error, function(e) return debug end, 'x'))",
        None,
    ),
    ("format of an object", "return type(string.format('%s', motor))", "string"),
    ("iteration of an instrument", "local n = 0 for _ in pairs(motor) do n = n + 1 end return n", 0),
    ("metatable of an instrument set", "return (pcall(setmetatable, motor, {}))", False),
    ("metatable of the environment", "return getmetatable(_G)", None),
    (
        "metatable of numbers",
        "return getmetatable(1) == nil and getmetatable(nil) == nil and getmetatable(true) == nil",
        True,
    ),
    ("environment of a module", "return (pcall(require, '_G'))", False),
    ("module of C", "return (pcall(require, 'socket'))", False),
    (
        "hook by a coroutine",
        "local co = coroutine.create(function() return debug end) return select(2, coroutine.resume(co))",
        None,
    ),
    ("goto out of a function", "return (load('goto out do ::out:: end'))", None),
    ("a thousand levels", "local function f(n) return n == 0 and 0 or 1 + f(n - 1) end return f(1000)", 1000),
    (
        "C stack overflow",
        "local s = string.rep('(', 300) .. string.rep(')', 300) return (load('return ' .. s))",
        None,
    ),
    (
        "pattern too complex",
        "local s = string.rep('x', 3e5) return (pcall(s.find, s, string.rep('x?', 3e5) .. 'y'))",
        False,
    ),
    ("format with a huge width", "return (pcall(string.format, '%1000d', 1))", False),
    ("pack with a huge size", "return (pcall(string.pack, 'i17', 1))", False),
    ("char beyond a byte", "return (pcall(string.char, 256))", False),
    ("concat of a huge range", "return (pcall(table.concat, {}, '', 1, 2^31))", False),
    ("negative repetition", "return #string.rep('x', -1)", 0),
    ("own _ENV", "local _ENV = {} return (io == nil and debug == nil)", True),
    ("global function replaced for the host", "instruments.get = nil record = nil return motor:read()", 1.5),
    ("host name as a number", "return (pcall(instruments.get, 1))", False),
    ("host name as a table", "return (pcall(instruments.get, {}))", False),
    ("call of a private method", "return (pcall(function() return motor:_port() end))", False),
    ("call of safe_state", "return (pcall(function() return motor:safe_state() end))", False),
    ("call of __init__", "return (pcall(function() return motor:__init__() end))", False),
    ("call with a function", "return (pcall(motor.echo, motor, print))", False),
    ("call with a coroutine", "return (pcall(motor.echo, motor, coroutine.create(print)))", False),
    ("call with itself", "local t = {} t[1] = t return (pcall(motor.echo, motor, t))", False),
    ("call with an instrument", "return (pcall(motor.echo, motor, motor))", False),
    ("deep table", "local t = {} for i = 1, 100 do t = {t} end return (pcall(motor.echo, motor, t))", False),
    # --- addresses ---
    ("address of a table", "return tostring({})", NO_ADDRESS),
    ("address of a function", "return tostring(print)", NO_ADDRESS),
    ("address of a coroutine", "return tostring(coroutine.create(print))", NO_ADDRESS),
    ("address of an instrument", "return tostring(motor)", NO_ADDRESS),
    ("address under a name", "return tostring(setmetatable({}, {__name = 'thing'}))", NO_ADDRESS),
    ("address by format", "return string.format('%s', {})", NO_ADDRESS),
    ("address by padded format", "return ('%-20s|%10s'):format(print, {})", NO_ADDRESS),
    ("address by %s before %q", "return string.format('%s %q', {}, 1)", NO_ADDRESS),
    ("address by %s behind %%q", "return string.format('%%q %%%5.1s%q %s', {}, 1, {})", NO_ADDRESS),
    ("address by %q", "return select(2, pcall(string.format, '%q', {}))", NO_ADDRESS),
    ("address by a number", "return select(2, pcall(string.format, 12, {}))", NO_ADDRESS),
    ("literal of a table", "return (pcall(string.format, '%s %q', 1, {}))", False),
    ("literals", "return string.format('%q %s %q', 'a', {}, 1.0)", '"a" table: 1 0x1p+0'),
    ("addresses by print", "print({}, print, motor) return printed", NO_ADDRESS),
    ("address by %p", "return select(2, pcall(string.format, '%p', {}))", NO_ADDRESS),
    (
        "address by %p behind a percent sign",
        "return select(2, pcall(string.format, '%%%-10p', 'x'))",
        NO_ADDRESS,
    ),
    (
        "address in an error of concatenation",
        "return select(2, pcall(function() return {} .. '' end))",
        NO_ADDRESS,
    ),
    ("address of an error object", "return select(2, pcall(error, {})) and ''", NO_ADDRESS),
    (
        "address by __tostring",
        "return select(2, pcall(setmetatable({}, {__tostring = function() return {} end}).x))",
        NO_ADDRESS,
    ),
    # --- refused with an error ---
    ("finalizer", "setmetatable({}, {__gc = function() end})", Refused("__gc is not available")),
    ("finalizer of false", "setmetatable({}, {__gc = false})", Refused("__gc is not available")),
    ("collector", "collectgarbage('stop')", Refused('takes only "count"')),
    ("formatted address", "string.format('%p', {})", Refused("%p is not available")),
    ("undeclared module", "require('os')", Refused("no dependency 'os'")),
    ("path as module", "require('../../etc/passwd')", Refused("no dependency")),
    ("odd module", "require({})", Refused("takes the name of a module")),
    (
        "error that is a table",
        "error(setmetatable({}, {__tostring = function() while true do end end}))",
        Refused("(error object is a table)"),
    ),
    ("error that is nil", "error()", Refused("(error object is a nil)")),
    ("error that is a function", "error(print)", Refused("(error object is a function)")),
    (
        "long error",
        "error(('x'):rep(1e6))",
        Refused(
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        ),
    ),
    ("error with bytes", "error('\\xff\\0')", Refused("�\x00")),
    ("yield", "coroutine.yield()", Refused("attempt to yield from outside a coroutine")),
    (
        "text of a thing that is none",
        "print(setmetatable({}, {__tostring = function() return 5 end}))",
        Refused("must return a string"),
    ),
    ("proxy field", "motor.read = print", Refused("cannot be changed")),
    ("odd method", "local x = motor[{}]", Refused("must be a text")),
    ("method with bytes", "local x = motor['\\xff']", Refused("must be a text")),
]
