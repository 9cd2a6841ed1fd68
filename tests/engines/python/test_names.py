"""Undefined names are found, and no defined one is reported."""

import re
import sys
import sysconfig
from pathlib import Path

import pytest

from benchwright.engines.python.validation import validate
from tests.engines.python.harness import run_script


def cases(text: str) -> dict[str, str]:
    """Return scripts by the titles above them."""
    parts = re.split(r"^#: (.*)\n", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


DEFINED = cases("""
#: later
def f():
    return g()
def g():
    return 1
f()
#: comprehension
rows = [[1]]
x = [c for r in rows for c in r if c]
y = {k: v for k, v in zip(x, x)}
#: nested comprehension
n = 2
x = [[i * j * n for i in range(j)] for j in range(n)]
#: walrus
if any((found := x) for x in [1]):
    print(found)
print((y := 3) + y)
#: class
class A:
    x = 1
    y = x
    z = [i for i in range(x)]
    def f(self): return __class__, A.x
#: class annotations
class A:
    class B: pass
    def f(self, b: B) -> B: pass
    class C(B): pass
#: class body names
class A:
    n = __qualname__
    m = __module__
#: global
def f():
    global x
    x = 1
f()
print(x)
#: nonlocal
def f():
    x = 1
    def g():
        nonlocal x
        x = 2
        return x
    return g()
f()
#: global of an outer function
x = 1
def f():
    global x
    def g(): return x
    return g()
f()
#: arguments
def f(a, /, b, *c, d=1, **e): return a, b, c, d, e
f(1, 2)
(lambda *a, **k: (a, k))()
#: exception
try:
    1/0
except ZeroDivisionError as e:
    print(e)
#: handled
try:
    unicode
except NameError:
    unicode = str
#: handled by all
try:
    return_ = undefined_name
except:
    pass
try:
    other
except (KeyError, Exception): pass
#: suppressed
import contextlib
with contextlib.suppress(NameError):
    undefined_name
#: imports
import os.path, sys as s
from json import loads as l, dumps
os.path, s, l, dumps
#: star
from math import *
print(sin(pi))
#: deleted
x = 1
del x
#: match
match [1, 2, {'a': 3}, 'x']:
    case [a, *b]: print(a, b)
    case {'k': v, **rest}: print(v, rest)
    case int(x=y) | str(y): print(y)
#: loops
for i, (j, *k) in [(1, (2, 3))]:
    print(i, j, k)
else:
    print(i)
class M:
    def __enter__(self): return 1, 2
    def __exit__(self, *a): pass
with M() as (n, o):
    print(n, o)
#: module names
print(__name__, __file__, __doc__)
#: host names
print(instruments, params, record, sleep, ask, exit, quit)
#: future annotations
from __future__ import annotations
def f(x: Nothing) -> None: pass
y: Nothing2 = 1
#: local annotations
def f():
    x: Nothing = 1
    return x
f()
#: private names
class A:
    def f(self):
        global __x
        __x = 1
        return __x
A().f()
#: exec
exec('a = 1')
print(a)
#: globals
globals()['a'] = 1
print(a)
#: starred
a, *b = [1, 2]
print(*b, a)
#: decorators
def d(f): return f
@d
class A: pass
@d
def g(): pass
g()
#: async
import asyncio
async def f():
    async def g():
        yield 1
    return [x async for x in g()]
await f()
#: augmented
x = 1
x += 1
#: enumeration
import enum
class E(enum.Enum):
    A = enum.auto()
    B = A
E.A
""")
if sys.version_info >= (3, 12):
    DEFINED["type parameters"] = (
        "def f[T](x: T) -> T: return x\nclass A[U, *V, **W](list[U]):\n    def g(self, u: U) -> U: return u\n"
        "type P[Q] = list[Q] | Later\nclass Later: pass\nf(1)"
    )


@pytest.mark.parametrize("case", DEFINED)
def test_nothing_is_found_where_all_is_defined(case: str) -> None:
    assert validate(DEFINED[case], "scan.py") == []


@pytest.mark.parametrize("case", [case for case in DEFINED if case != "local annotations"])
def test_these_scripts_do_run(case: str) -> None:
    assert run_script(DEFINED[case]).error is None


UNDEFINED = {
    "plain": ("print(x)", ["x"]),
    "in a function": ("def f():\n    return x", ["x"]),
    "local elsewhere": ("def f():\n    x = 1\ndef g():\n    return x", ["x"]),
    "name of a class": ("class A:\n    x = 1\n    def f(self): return x", ["x"]),
    "comprehension in a class": ("class A:\n    x = 1\n    y = [x for _ in range(3)]", ["x"]),
    "comprehension's own": ("[i for i in range(3)]\nprint(i)", ["i"]),
    "first iterable": ("[i for i in i]", ["i"]),
    "argument's default": ("def f(a, b=a): pass", ["a"]),
    "decorator": ("@deco\ndef f(): pass", ["deco"]),
    "annotation": ("def f(x: Nothing): pass", ["Nothing"]),
    "base": ("class A(Base, metaclass=Meta): pass", ["Base", "Meta"]),
    "lambda's argument": ("f = lambda a: a\nprint(a)", ["a"]),
    "in a handler": ("try:\n    pass\nexcept NameError:\n    x", ["x"]),
    "handled otherwise": ("try:\n    x\nexcept KeyError:\n    pass", ["x"]),
    "global never assigned": ("def f():\n    global x\n    return x", ["x"]),
    "f-string": ("print(f'{x:>{width}}')", ["width", "x"]),
    "match": ("match 1:\n    case Missing(): pass", ["Missing"]),
    "another language": ("local = true", ["true"]),
    "require": ("fit = require('fit')", ["require"]),
}


@pytest.mark.parametrize("case", UNDEFINED)
def test_undefined_names_are_found(case: str) -> None:
    if case == "annotation" and sys.version_info >= (3, 14):
        pytest.skip("annotations are not evaluated")
    source, names = UNDEFINED[case]
    found = validate(source, "scan.py")
    assert sorted(diagnostic.message.split()[0] for diagnostic in found) == names
    assert {diagnostic.code for diagnostic in found} == {"undefined_name"}


def test_the_place_and_the_hint() -> None:
    [found] = validate("power = 1\né = 'ü'; print(pwer)\n", "scan.py")
    assert found.message == "pwer is not defined; did you mean power?"
    assert (found.line, found.column, found.end_column) == (2, 16, 20)


LIBRARY = Path(sysconfig.get_paths()["stdlib"])
MODULES = """argparse ast bdb calendar cgitb dataclasses datetime
    enum inspect logging/__init__ pathlib pickle pydoc
    re/__init__"""


def corpus() -> list[Path]:
    """Some 60 modules of the standard library: real code that is known to run."""
    folders = ("asyncio", "collections", "concurrent/futures", "email", "json", "unittest", "xml/etree")
    files = [path for folder in folders for path in sorted((LIBRARY / folder).glob("*.py"))]
    return files + [path for name in MODULES.split() if (path := LIBRARY / f"{name}.py").exists()]


@pytest.mark.parametrize("part", range(4))
def test_real_code_gives_no_false_alarm(part: int) -> None:
    files = corpus()[part::4]
    assert len(files) > 10
    found = [
        f"{path.name}:{diagnostic.line}: {diagnostic.message}"
        for path in files
        for diagnostic in validate(path.read_text("utf-8"), path.name)
        if diagnostic.code != "syntax_warning"
    ]
    assert found == []
