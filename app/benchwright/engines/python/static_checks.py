"""The static checks of a Python script that compiles: facts from its syntax tree, held against the bench."""

import ast
import builtins
import sys
from importlib.util import find_spec
from typing import Final

from benchwright.core.descriptors import InstrumentDescriptor
from benchwright.core.diagnostics import Diagnostic
from benchwright.engines.checks import Place, StaticChecks
from benchwright.engines.engine import CheckContext
from benchwright.engines.host_api import HOST_FUNCTIONS
from benchwright.engines.python.collector import Facts, collect
from benchwright.engines.python.literals import arguments_of, literal_text
from benchwright.engines.python.positions import Text
from benchwright.engines.python.scopes import Scope

HOST_NAMES: Final = frozenset({"instruments", "params", "exit", "quit", *HOST_FUNCTIONS})
_INSTRUMENTS_MEMBERS: Final = ("get", "get_async", "list")
_PARAMS_MEMBERS: Final = frozenset({"get", "items", "keys", "values"})
_MODULE_NAMES: Final = frozenset(
    f"__{name}__"
    for name in (
        "annotations",
        "builtins",
        "class",
        "doc",
        "file",
        "loader",
        "name",
        "package",
        "path",
        "spec",
    )
)
_BUILTINS_ELSEWHERE: Final = frozenset({"WindowsError", "copyright", "credits", "license"})
_KNOWN_NAMES: Final = HOST_NAMES | _MODULE_NAMES | _BUILTINS_ELSEWHERE | frozenset(dir(builtins))


def check(tree: ast.Module, text: Text, context: CheckContext | None) -> list[Diagnostic]:
    """Return what is wrong with the names and calls of a script."""
    return _Checker(collect(tree), text, context).check()


class _Checker:
    """Hands the facts of one script to the rules."""

    def __init__(self, facts: Facts, text: Text, context: CheckContext | None) -> None:
        self._facts = facts
        self._text = text
        self._context = context
        self._rules = StaticChecks(context or CheckContext())
        self._held: dict[tuple[Scope, str], str | None] = {}  # instrument by variable

    def check(self) -> list[Diagnostic]:
        """Return the findings."""
        for scope, call in self._facts.calls:
            self._check_call(scope, call)
        called = {id(call.func) for _, call in self._facts.calls}
        for scope, attribute in self._facts.attributes:
            self._check_attribute(scope, attribute, is_called=id(attribute) in called)
        for scope, item in self._facts.items:
            name = literal_text(item.slice)
            if name is not None and self._is_host(scope, item.value, "params"):
                self._rules.parameter(name, self._place(item.slice))
        self._check_imports()
        if not self._facts.defines_unseen_names:
            self._check_names()
        return self._rules.diagnostics

    def _check_call(self, scope: Scope, call: ast.Call) -> None:
        function = call.func
        if isinstance(function, ast.Attribute):
            name = self._instrument_name(scope, call)
            if name is not None and self._context is not None:
                self._rules.instrument(
                    name, self._place(call.args[0] if call.args else call.keywords[0].value)
                )
            instrument = self._instrument(scope, function.value)
            if instrument is not None:
                arguments = arguments_of(call, self._place)
                self._rules.method_call(instrument, function.attr, self._end_place(function), arguments)
        elif isinstance(function, ast.Name) and self._is_host(scope, function, function.id):
            takes_names = function.id == "record" and (call.keywords or not call.args)
            if not takes_names:  # record's columns have any name
                self._rules.function_call(function.id, self._place(function), arguments_of(call, self._place))

    def _check_attribute(self, scope: Scope, attribute: ast.Attribute, *, is_called: bool) -> None:
        name, place = attribute.attr, self._end_place(attribute)
        if name.startswith("__"):
            return
        if self._is_host(scope, attribute.value, "instruments"):
            self._rules.member("instruments", name, _INSTRUMENTS_MEMBERS, place)
        elif self._is_host(scope, attribute.value, "params"):
            if name not in _PARAMS_MEMBERS:
                self._rules.parameter(name, place)
        elif not is_called:
            instrument = self._instrument(scope, attribute.value)
            if instrument is not None:
                self._rules.method(instrument, name, place)

    def _check_imports(self) -> None:
        """Report imported scripts that are not valid, or lie beside this one and are not declared."""
        context = self._context
        for name, statement in self._facts.imports:
            if context is None or _is_installed(name):
                continue
            if name in context.dependencies or context.has_beside(name):
                self._rules.module(name, self._place(statement))

    def _check_names(self) -> None:
        for scope, node in self._facts.names:
            name = node.id
            if name in _KNOWN_NAMES or scope.mangles(name) or scope.find(name) is not None:
                continue
            self._rules.undefined_name(name, self._place(node), _KNOWN_NAMES | _visible_names(scope))

    # --- what an expression stands for ---

    def _is_host(self, scope: Scope, node: ast.expr, name: str) -> bool:
        """Tell whether an expression is the host's `name`, which the script did not take for itself."""
        if not isinstance(node, ast.Name) or node.id != name or scope.find(name) is not None:
            return False
        unseen = self._facts.defines_unseen_names and name in HOST_FUNCTIONS  # `from time import *`
        return name in HOST_NAMES and not unseen

    def _instrument(self, scope: Scope, node: ast.expr) -> InstrumentDescriptor | None:
        if self._context is None:
            return None
        name = self._instrument_name(scope, node)
        if name is None and isinstance(node, ast.Name):
            name = self._assigned_instrument(scope, node.id)
        return self._context.instruments.get(name) if name is not None else None

    def _assigned_instrument(self, scope: Scope, variable: str) -> str | None:
        """Return the instrument that a variable holds wherever it is assigned."""
        owner = scope.find(variable)
        if owner is None:
            return None
        if (owner, variable) not in self._held:
            values = owner.bindings[variable]
            names = {self._instrument_name(owner, value) if value else None for value in values}
            self._held[owner, variable] = names.pop() if len(names) == 1 else None
        return self._held[owner, variable]

    def _instrument_name(self, scope: Scope, node: ast.expr) -> str | None:
        """Return the name in ``instruments.get("name")``, awaited or not; None for any other expression."""
        node = node.value if isinstance(node, ast.Await) else node
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            return None
        given = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "name")]
        is_get = node.func.attr in {"get", "get_async"} and len(given) == 1
        if not is_get or not self._is_host(scope, node.func.value, "instruments"):
            return None
        return literal_text(given[0])

    # --- where it stands ---

    def _place(self, node: ast.expr | ast.stmt) -> Place:
        return self._text.place(node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)

    def _end_place(self, node: ast.Attribute) -> Place:
        """Return the place of an attribute's name, which is where the expression ends."""
        line, offset = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self._text.place(line, offset - len(node.attr.encode()), line, offset)


def _is_installed(name: str) -> bool:
    """Tell whether Python itself has a module, which goes before a script of that name."""
    if name in sys.stdlib_module_names:
        return True
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _visible_names(scope: Scope) -> set[str]:
    names = {name for outer in scope.chain() for name in outer.bindings}
    return {name for name in names if scope.find(name) is not None}
