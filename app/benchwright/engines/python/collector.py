"""Walks once over a script's syntax tree and gathers what the static checks look at."""

import ast
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from benchwright.engines.python.scopes import Scope, ScopeKind

# Ways to define names that no text shows.
_DEFINERS = frozenset({"exec", "globals", "locals", "vars", "global_enum"})
_DEFINING_ATTRIBUTES = frozenset({"global_enum", "_convert_"})
_MISSING_NAME_HANDLERS = frozenset(
    {
        "NameError",
        "UnboundLocalError",
        "ImportError",
        "ModuleNotFoundError",
        "Exception",
        "BaseException",
    }
)
_CLASS_NAMES = ("__module__", "__qualname__", "__annotations__", "__firstlineno__", "__static_attributes__")
_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp


@dataclass
class Facts:
    """What a script's text shows.

    ``names`` are those that are read, but for those whose absence the script handles; ``calls``,
    ``attributes`` and ``items`` are read too; all with the scope that they stand in. ``imports`` are names of
    modules, but for those whose absence the script handles.
    """

    names: list[tuple[Scope, ast.Name]] = field(default_factory=list)
    calls: list[tuple[Scope, ast.Call]] = field(default_factory=list)
    attributes: list[tuple[Scope, ast.Attribute]] = field(default_factory=list)
    items: list[tuple[Scope, ast.Subscript]] = field(default_factory=list)
    imports: list[tuple[str, ast.Import | ast.ImportFrom]] = field(default_factory=list)
    defines_unseen_names: bool = False


def collect(tree: ast.Module) -> Facts:
    """Return the facts of a script that compiles."""
    collector = _Collector()
    collector.visit(tree)
    return collector.facts


class _Collector:
    """Visits each node once, in the scope that it belongs to."""

    def __init__(self) -> None:
        self.facts = Facts()
        self._scope = Scope(ScopeKind.MODULE)
        self._handled = 0  # depth of blocks in which a missing name is handled
        self._lazy_annotations = sys.version_info >= (3, 14)
        self._visitors: dict[type[ast.AST], Callable[[Any], None]] = {
            ast.Name: self._name,
            ast.Call: self._call,
            ast.Attribute: self._attribute,
            ast.Subscript: self._subscript,
            ast.Assign: self._assign,
            ast.AnnAssign: self._annotated_assign,
            ast.NamedExpr: self._named_expression,
            ast.FunctionDef: self._function,
            ast.AsyncFunctionDef: self._function,
            ast.Lambda: self._lambda,
            ast.ClassDef: self._class,
            ast.ListComp: self._comprehension,
            ast.SetComp: self._comprehension,
            ast.GeneratorExp: self._comprehension,
            ast.DictComp: self._comprehension,
            ast.Global: self._global,
            ast.Nonlocal: self._nonlocal,
            ast.Import: self._import,
            ast.ImportFrom: self._import,
            ast.Try: self._try,
            ast.TryStar: self._try,
            ast.With: self._with,
            ast.AsyncWith: self._with,
            ast.ExceptHandler: self._binding_node,
            ast.MatchAs: self._binding_node,
            ast.MatchStar: self._binding_node,
            ast.MatchMapping: self._match_mapping,
        }
        if sys.version_info >= (3, 12):
            self._visitors[ast.TypeAlias] = self._type_alias
            for kind in (ast.TypeVar, ast.ParamSpec, ast.TypeVarTuple):
                self._visitors[kind] = self._binding_node

    def visit(self, node: ast.AST) -> None:
        visitor = self._visitors.get(type(node))
        if visitor is not None:
            visitor(node)
        else:
            self._children(node)

    def _children(self, node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            self.visit(child)

    def _all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    @contextmanager
    def _within(self, kind: ScopeKind) -> Iterator[None]:
        outer, self._scope = self._scope, Scope(kind, self._scope)
        yield
        self._scope = outer

    # --- names that are read ---

    def _name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._scope.bind(node.id)
            return
        if node.id in _DEFINERS:
            self.facts.defines_unseen_names = True
        if not self._handled:
            self.facts.names.append((self._scope, node))

    def _call(self, node: ast.Call) -> None:
        self.facts.calls.append((self._scope, node))
        self._children(node)

    def _attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.ctx, ast.Load):
            self.facts.attributes.append((self._scope, node))
        if node.attr in _DEFINING_ATTRIBUTES:
            self.facts.defines_unseen_names = True
        self.visit(node.value)

    def _subscript(self, node: ast.Subscript) -> None:
        if isinstance(node.ctx, ast.Load):
            self.facts.items.append((self._scope, node))
        self._children(node)

    # --- names that are assigned ---

    def _assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self._target(target, node.value)

    def _annotated_assign(self, node: ast.AnnAssign) -> None:
        if self._scope.kind is not ScopeKind.FUNCTION:  # within functions they are never evaluated
            self._annotation(node.annotation)
        if node.value is not None:
            self.visit(node.value)
        self._target(node.target, node.value)

    def _target(self, target: ast.expr, value: ast.expr | None) -> None:
        if isinstance(target, ast.Name):
            self._scope.bind(target.id, value)
        else:
            self.visit(target)

    def _named_expression(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        scope = self._scope
        while scope.kind is ScopeKind.COMPREHENSION and scope.parent is not None:
            scope = scope.parent
        scope.bind(node.target.id, node.value)

    def _binding_node(self, node: Any) -> None:
        if node.name is not None:
            self._scope.bind(node.name)
        self._children(node)

    def _match_mapping(self, node: ast.MatchMapping) -> None:
        if node.rest is not None:
            self._scope.bind(node.rest)
        self._children(node)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            self._lazy_annotations |= any(alias.name == "annotations" for alias in node.names)
        self._modules(node)
        for alias in node.names:
            if alias.name == "*":
                self.facts.defines_unseen_names = True
            else:
                self._scope.bind(alias.asname or alias.name.partition(".")[0])

    def _modules(self, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        else:
            modules = [] if node.level or node.module is None else [node.module]
        if not self._handled:
            self.facts.imports += [(name, node) for name in modules]

    def _global(self, node: ast.Global) -> None:
        self._scope.global_names.update(node.names)

    def _nonlocal(self, node: ast.Nonlocal) -> None:
        self._scope.outer_names.update(node.names)

    # --- scopes ---

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._all(node.decorator_list)
        self._scope.bind(node.name)
        self._all((*node.args.defaults, *node.args.kw_defaults))
        with self._within(ScopeKind.TYPE_PARAMETERS):
            self._all(getattr(node, "type_params", ()))
            for argument in _arguments(node.args):
                self._annotation(argument.annotation)
            self._annotation(node.returns)
            self._function_body(node, node.body)

    def _lambda(self, node: ast.Lambda) -> None:
        self._all((*node.args.defaults, *node.args.kw_defaults))
        self._function_body(node, [node.body])

    def _function_body(self, node: _Function, body: Iterable[ast.AST]) -> None:
        with self._within(ScopeKind.FUNCTION):
            for argument in _arguments(node.args):
                self._scope.bind(argument.arg)
            self._all(body)

    def _annotation(self, node: ast.expr | None) -> None:
        if node is not None and not self._lazy_annotations:
            self.visit(node)

    def _class(self, node: ast.ClassDef) -> None:
        self._all(node.decorator_list)
        self._scope.bind(node.name)
        with self._within(ScopeKind.TYPE_PARAMETERS):
            self._all(getattr(node, "type_params", ()))
            self._all((*node.bases, *node.keywords))
            with self._within(ScopeKind.CLASS):
                for name in _CLASS_NAMES:
                    self._scope.bind(name)
                self._all(node.body)

    def _type_alias(self, node: Any) -> None:
        self._scope.bind(node.name.id)
        with self._within(ScopeKind.TYPE_PARAMETERS):
            self._all(node.type_params)
            self._annotation(node.value)

    def _comprehension(self, node: _Comprehension) -> None:
        first = node.generators[0]
        self.visit(first.iter)
        with self._within(ScopeKind.COMPREHENSION):
            for generator in node.generators:
                self.visit(generator.target)
                if generator is not first:
                    self.visit(generator.iter)
                self._all(generator.ifs)
            self._all((node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,))

    # --- blocks in which a missing name is handled ---

    def _try(self, node: ast.Try | ast.TryStar) -> None:
        with self._handling(any(_catches(handler.type) for handler in node.handlers)):
            self._all(node.body)
        self._all((*node.handlers, *node.orelse, *node.finalbody))

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        self._all(node.items)
        calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
        suppressed = [arg for call in calls if _last_name(call.func) == "suppress" for arg in call.args]
        with self._handling(any(map(_catches, suppressed))):
            self._all(node.body)

    @contextmanager
    def _handling(self, handled: bool) -> Iterator[None]:
        self._handled += handled
        yield
        self._handled -= handled


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    found = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return found + [extra for extra in (arguments.vararg, arguments.kwarg) if extra is not None]


def _catches(handler: ast.expr | None) -> bool:
    """Tell whether an `except` of this type catches a missing name or module."""
    if isinstance(handler, ast.Tuple):
        return any(map(_catches, handler.elts))
    return handler is None or _last_name(handler) in _MISSING_NAME_HANDLERS


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
