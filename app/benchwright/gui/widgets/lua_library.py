"""What Lua itself offers a script, one line each: how it is called, and what for."""

from typing import Final

_TEXT: Final = """
assert(value, [message])  Raise an error if the value is false or nil
error(message, [level])  Raise an error
getmetatable(object)  Metatable of an object
ipairs(list)  Go over a list in order: for i, value in ipairs(list) do
load(chunk, [name], [mode], [env])  Compile a piece of Lua
next(table, [key])  The entry after a key
pairs(table)  Go over all entries: for key, value in pairs(table) do
pcall(f, ...)  Call a function; false and the message if it raises an error
print(...)  Write a line to the console
rawequal(a, b)  Compare without metamethods
rawget(table, key)  Read an entry without metamethods
rawlen(value)  Length without metamethods
rawset(table, key, value)  Write an entry without metamethods
require(name)  Load a script of the library that the metadata names
select(n, ...)  The arguments from the n-th on; with "#", how many there are
setmetatable(table, metatable)  Give a table a metatable
tonumber(value, [base])  The number in a text, nil if it is none
tostring(value)  The value as text
type(value)  The name of its type, such as "number"
xpcall(f, handler, ...)  Call a function; errors go through a handler
coroutine.close(co)  Close a coroutine
coroutine.create(f)  Make a coroutine
coroutine.isyieldable([co])  Whether it can yield
coroutine.resume(co, ...)  Start a coroutine or let it go on
coroutine.running()  The coroutine that runs
coroutine.status(co)  "running", "suspended", "normal" or "dead"
coroutine.wrap(f)  A function that resumes a coroutine at each call
coroutine.yield(...)  Suspend the coroutine that runs
math.abs(x)  Absolute value
math.acos(x)  Arc cosine, in radians
math.asin(x)  Arc sine, in radians
math.atan(y, [x])  Arc tangent of y/x, in radians
math.ceil(x)  Smallest integer not below x
math.cos(x)  Cosine of an angle in radians
math.deg(x)  Radians to degrees
math.exp(x)  e to the power of x
math.floor(x)  Largest integer not above x
math.fmod(x, y)  Remainder of x / y, rounded towards zero
math.huge  Larger than any other number
math.log(x, [base])  Logarithm, natural without a base
math.max(x, ...)  The largest argument
math.maxinteger  The largest integer
math.min(x, ...)  The smallest argument
math.mininteger  The smallest integer
math.modf(x)  Integral and fractional part
math.pi  3.14159…
math.rad(x)  Degrees to radians
math.random([m], [n])  A random number from 0 to 1, or an integer from m to n
math.randomseed([seed])  Start the random numbers anew
math.sin(x)  Sine of an angle in radians
math.sqrt(x)  Square root
math.tan(x)  Tangent of an angle in radians
math.tointeger(x)  The same as an integer, nil if it is none
math.type(x)  "integer", "float" or nil
math.ult(m, n)  Whether m is below n, both taken as unsigned
os.clock()  Processor time in seconds
os.date([format], [time])  Date and time as text or table
os.difftime(t2, t1)  Seconds between two times
os.time([table])  Time in seconds since 1970
string.byte(s, [i], [j])  Codes of characters
string.char(...)  Text of these codes
string.find(s, pattern, [init], [plain])  First and last place of a pattern, nil without a match
string.format(format, ...)  Text with values in it: "%.3f V"
string.gmatch(s, pattern)  Go over all matches of a pattern
string.gsub(s, pattern, replacement, [n])  Replace matches of a pattern
string.len(s)  Length in bytes
string.lower(s)  In small letters
string.match(s, pattern, [init])  What a pattern captures, nil without a match
string.pack(format, ...)  Values as binary text
string.packsize(format)  Size of what pack gives
string.rep(s, n, [separator])  The text n times
string.reverse(s)  The text backwards
string.sub(s, i, [j])  Characters i to j
string.unpack(format, s, [position])  Values from binary text
string.upper(s)  In capital letters
table.concat(list, [separator], [i], [j])  Join a list to one text
table.insert(list, [position], value)  Put a value into a list
table.move(from, first, last, to, [other])  Copy part of a list
table.pack(...)  The arguments as a list, with their number as n
table.remove(list, [position])  Take a value out of a list
table.sort(list, [less])  Sort a list in place
table.unpack(list, [i], [j])  The values of a list, one by one
utf8.char(...)  Text of these code points
utf8.charpattern  The pattern of one character
utf8.codepoint(s, [i], [j])  Code points of characters
utf8.codes(s)  Go over all characters
utf8.len(s, [i], [j])  Number of characters
utf8.offset(s, n, [i])  Where the n-th character begins
"""
KEYWORDS: Final = (
    "and break do else elseif end false for function goto if in local nil not or repeat return then true "
    "until while"
)


def _entries() -> dict[str, tuple[str, str]]:
    lines = [line.partition("  ") for line in _TEXT.strip().splitlines()]
    return {call.partition("(")[0]: (call, text) for call, _, text in lines}


LIBRARY: Final = _entries()  # how it is called and what for, by full name such as "math.abs"
MODULES: Final = sorted({name.partition(".")[0] for name in LIBRARY if "." in name})
