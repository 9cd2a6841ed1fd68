"""Scripts that do not want to end, each to be stopped in every way; a table for the tests.

Each commands a motor of its own, in a thread beside its attack or in the attack itself, as fast as it can, so
that whoever counts at the motor sees whether anything of it acts after its stop.
"""

from typing import NamedTuple

from tests.end_to_end.attacking import Attack

PYTHON_START = """
import threading
def hit():
    try: device_set_motor_speed({motor}, 50)
    except BaseException: pass
def hammer():
    while True: hit()
def besides(): threading.Thread(target=hammer).start()
def here():
    print('here')
    sleep(0.05)  # it is sent within this time, also where nothing else of Python runs after it
hit()
record(i={motor})
"""
LUA_START = (
    "local function hit() device_set_motor_speed({motor}, 50) end hit() record{{i = {motor}}} print('here') "
)

# The first of each language are those that the suite always tries; the others need the marker `soak`.
PYTHON = {
    "busy": "besides(); here()\nwhile True: pass",
    "catches_all": "here()\nwhile True:\n    try:\n        while True: hit()\n    except BaseException: pass",
    "interpreter_held": "import ctypes; besides(); here()\nctypes.PyDLL(None).sleep(1000)",
    "deaf": """import signal, time
for number in range(1, 65):
    if number not in (9, 19, 32, 33): signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
for _ in range(5): besides()
here()
while True: pass""",
    "freezes_itself": "import signal; besides(); here(); signal.raise_signal(signal.SIGSTOP)",
    "waits_for_serial": "besides(); here()\nwhile True:\n    try: instruments.get('silent_serial').ask()\n"
    "    except BaseException: pass",
    "waits_for_visa": "besides(); here()\nwhile True:\n    try: instruments.get('silent_visa').ask()\n"
    "    except BaseException: pass",
    "acts_late": """import atexit, time
class Late:
    def __del__(self): hit()
late = Late()
atexit.register(hit)
def thread():
    try:
        while True: time.sleep(1)
    finally: hammer()
threading.Thread(target=thread).start()
here()
try:
    while True: sleep(10)
finally:
    hammer()""",
    "asleep": "import time; besides(); here()\ntime.sleep(1e9)",
    "extension": "besides(); here()\nsum(range(10**12))",
    "pattern": "import re; besides(); here()\nre.match('(a+)+$', 'a' * 60 + 'b')",
    "power": "besides(); here()\nwhile True: 7 ** (3 * 10**6)",
    "numpy": "import numpy; a = numpy.ones((400, 400)); besides(); here()\nwhile True: a @ a",
    "endless_await": "import asyncio; besides(); here()\nawait asyncio.Event().wait()",
    "hogs_the_interpreter": "import sys; besides(); sys.setswitchinterval(1e6); here()\nwhile True: pass",
    "prints": "besides(); here()\nwhile True: print('x' * 200)",
    "records": "besides(); here()\nwhile True: record(a=1.0, b=2)",
    "logs": "besides(); here()\nwhile True: log_info('y' * 500)",
    "reports": "besides(); here()\nwhile True: progress(1, 2)",
    "past_print": "import os; besides(); here()\nwhile True: os.write(1, b'z' * 60000)",
    "ten_gigabytes": "besides(); here()\nwhile True:\n    try: bytearray(10 * 2**30)\n"
    "    except MemoryError: pass",
    "endless_error": "class E(Exception):\n    def __str__(self):\n        while True: hit()\n"
    "here()\nraise E",
    "huge_errors": "here()\nwhile True:\n    try: raise ValueError('x' * 10**7)\n"
    "    except ValueError as error: str(error); hit()",
    "forks": "import os; here()\nwhile True:\n    try: os.fork()\n    except OSError: hit()",
    "threads": "here()\nwhile True:\n    try: threading.Thread(target=sleep, args=(10,)).start()\n"
    "    except BaseException: hit()",
    "stays_after_the_end": "besides(); here()",
    "holds_the_session": "import gc; from benchwright.worker.session import Session\n"
    "session = next(each for each in gc.get_objects() if isinstance(each, Session))\n"
    "here(); session._sending.acquire(); sleep(10)\nwhile True: pass",
    "stays_when_told_to_leave": "import os; os._exit = lambda code: hammer(); here()\nwhile True: pass",
    "reads_its_stop_itself": "import os, stat; here()\n"
    "channel = next(n for n in range(3, 64) if stat.S_ISSOCK(os.fstat(n).st_mode))\n"
    "while True: os.read(channel, 1000)",
    "goes_on_calling": "from concurrent.futures import ThreadPoolExecutor\nhere()\n"
    "with ThreadPoolExecutor(30) as pool:\n    for _ in range(30): pool.submit(hammer)",
    "waits_for_tcp": "besides(); here()\nwhile True:\n    try: instruments.get('silent_tcp').ask()\n"
    "    except BaseException: pass",
}
LUA = {
    "pcall": "while true do pcall(function() while true do hit() end end) end",
    "coroutine": "while true do pcall(coroutine.wrap(function() while true do hit() end end)) end",
    "close": "do local x <close> = setmetatable({}, {__close = function() while true do hit() end end}) end",
    "pattern": "return string.find(string.rep('a', 100), '.-.-.-.-.-.-.-.-.-.-.-.-b')",
    "waits_for_tcp": "while true do hit() pcall(instruments.get('silent_tcp').ask) end",
    "acts_late": "local late <close> = setmetatable({}, {__close = function() while true do pcall(hit) end "
    "end}) while true do pcall(sleep, 10) pcall(hit) end",
    "busy": "while true do end",
    "sleeps": "while true do pcall(sleep, 10) pcall(hit) end",
    "index": "return setmetatable({}, {__index = function() while true do pcall(hit) end end}).x",
    "less": "local t = setmetatable({}, {__lt = function() while true do pcall(hit) end end}) return t < t",
    "no_gc": "while true do pcall(function() setmetatable({}, {__gc = hit}) end) pcall(hit) end",
    "sort": "table.sort({3, 2, 1}, function() while true do pcall(hit) end end)",
    "evil_sort": "local t = {} for i = 1, 1000 do t[i] = i end "
    "while true do pcall(table.sort, t, function() pcall(hit) return true end) end",
    "move": "table.move({}, 1, math.maxinteger - 1, 2)",
    "concat": "table.concat(setmetatable({}, {__index = function() return '' end}), '', 1, 1e15)",
    "packsize": "while true do pcall(string.packsize, string.rep(' ', 1e6)) end",
    "text": "print(setmetatable({}, {__tostring = function() while true do pcall(hit) end end}))",
    "handler": "xpcall(error, function() while true do pcall(hit) end end)",
    "reader": "load(function() while true do pcall(hit) end end)",
    "yields": "local c = coroutine.wrap(function() while true do pcall(hit) coroutine.yield() end end) "
    "while true do c() end",
    "checkpoint": "while true do pcall(checkpoint) pcall(hit) end",
    "moves": "local m = instruments.get('esp300') while true do pcall(m.move_absolute, 9) pcall(hit) end",
    "prints": "while true do print(string.rep('x', 1000)) end",
    "records": "while true do record{a = 1.5} end",
    "huge_errors": "while true do pcall(error, string.rep('x', 1e7)) pcall(hit) end",
    "waits_for_visa": "while true do hit() pcall(instruments.get('silent_visa').ask) end",
    "waits_for_serial": "while true do hit() pcall(instruments.get('silent_serial').ask) end",
}
REPRESENTATIVE = {"py": 8, "lua": 6}


class StopAttack(NamedTuple):
    """A script that has to be stopped, and the motor that nothing else commands."""

    name: str
    source: str
    motor: int

    def ending(self, outcome: str) -> Attack:
        """Return it as a run that is to end in this way."""
        return Attack(self.name, self.source, outcome)


def stop_attacks() -> list[StopAttack]:
    """Return all of them, those of the suite first."""
    python, lua = (
        [(f"{name}.{suffix}", start, attack) for name, attack in attacks.items()]
        for suffix, start, attacks in (("py", PYTHON_START, PYTHON), ("lua", LUA_START, LUA))
    )
    first = python[: REPRESENTATIVE["py"]] + lua[: REPRESENTATIVE["lua"]]
    rest = python[REPRESENTATIVE["py"] :] + lua[REPRESENTATIVE["lua"] :]
    return [
        StopAttack(name, start.format(motor=motor) + attack, motor)
        for motor, (name, start, attack) in enumerate([*first, *rest])
    ]


SUITE = sum(REPRESENTATIVE.values())
