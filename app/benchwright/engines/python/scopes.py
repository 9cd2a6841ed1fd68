"""The scopes of a Python script, and in which of them a name is found."""

import ast
import dis
from collections.abc import Iterator
from enum import Enum, auto
from types import CodeType


class ScopeKind(Enum):
    """What makes a scope; names of a class are not seen from scopes within it."""

    MODULE = auto()
    FUNCTION = auto()
    CLASS = auto()
    COMPREHENSION = auto()
    TYPE_PARAMETERS = auto()


class Scope:
    """One scope: its names, each with what is assigned to it (None where that is not a plain expression)."""

    def __init__(self, kind: ScopeKind, parent: "Scope | None" = None) -> None:
        self.kind = kind
        self.parent = parent
        self.bindings: dict[str, list[ast.expr | None]] = {}
        self.global_names: set[str] = set()
        self.outer_names: set[str] = set()

    def chain(self) -> Iterator["Scope"]:
        """Go over this scope and those around it, the module's last."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    @property
    def module(self) -> "Scope":
        """The outermost scope."""
        *_, last = self.chain()
        return last

    def bind(self, name: str, value: ast.expr | None = None) -> None:
        """Note that a name is assigned here; a declaration decides to which scope it belongs."""
        if name in self.global_names:
            scope = self.module
        elif name in self.outer_names:
            scope = self._outer(name)
        else:
            scope = self
        scope.bindings.setdefault(name, []).append(value)

    def _outer(self, name: str) -> "Scope":
        """Return the function around this scope that has `name`, the next one where it is yet to come."""
        functions = [
            scope for scope in self.chain() if scope.kind is ScopeKind.FUNCTION and scope is not self
        ]
        return next((found for found in functions if name in found.bindings), (functions or [self])[0])

    def find(self, name: str) -> "Scope | None":
        """Return the scope in which a name that is read here is found, None where the script has none."""
        sees_class = True  # only the class's own body, and annotations and bases within it
        for scope in self.chain():
            if name in scope.global_names:
                module = self.module
                return module if name in module.bindings else None
            if name in scope.bindings and (sees_class or scope.kind is not ScopeKind.CLASS):
                return scope
            sees_class = sees_class and scope.kind is ScopeKind.TYPE_PARAMETERS
        return None

    def mangles(self, name: str) -> bool:
        """Tell whether Python gives a name another one here, as it does to ``__private`` in a class."""
        is_private = name.startswith("__") and not name.endswith("__")
        return is_private and any(scope.kind is ScopeKind.CLASS for scope in self.chain())


def variable_lines(code: CodeType) -> list[int]:
    """Return the line of each variable that a script makes, in order: each name once in its scope.

    Those of a function stand at its first line.
    """
    return sorted(_variables(code, set()))


def _variables(code: CodeType, global_names: set[str]) -> Iterator[int]:
    names = global_names if code.co_name == "<module>" else set[str]()
    for instruction in dis.get_instructions(code):
        found = {"STORE_NAME": names, "STORE_GLOBAL": global_names}.get(instruction.opname)
        name = instruction.argval
        if found is not None and name not in found and not name.startswith("__"):
            found.add(name)
            place = instruction.positions
            yield place.lineno if place and place.lineno else code.co_firstlineno
    for name in {*code.co_varnames, *code.co_cellvars}:
        if not name.startswith("."):
            yield code.co_firstlineno
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _variables(constant, global_names)
