"""The library as a tree for a view: folders or tags, and the scripts below them."""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QFont

from benchwright.core.script_statistics import ScriptExecutionStats, ScriptStatus
from benchwright.gui import theme
from benchwright.gui.panels.library.shelf import Contents, ShelfItem
from benchwright.gui.panels.library.wording import STATUS_WORDS, problems, sign_of, tip

_LAST: Final = "\0"  # starts the title of a branch that nobody made
_EXAMPLES: Final = f"{_LAST}Examples"
_UNTAGGED: Final = f"{_LAST}without tag"
Index = QModelIndex | QPersistentModelIndex


class Grouping(StrEnum):
    """What the branches of the tree are."""

    FOLDER = "folder"
    TAG = "tag"


class Node:
    """A branch or a script; `path` tells branches apart, as the file's path does scripts."""

    __slots__ = ("children", "item", "parent", "path", "row", "title")

    def __init__(self, title: str, path: str, item: ShelfItem | None = None) -> None:
        self.title = title
        self.path = path
        self.item = item
        self.parent: Node | None = None
        self.row = 0
        self.children: list[Node] = []

    def add(self, child: "Node") -> "Node":
        child.parent = self
        child.row = len(self.children)
        self.children.append(child)
        return child

    def scripts(self) -> Iterable["Node"]:
        """Give the scripts below."""
        for child in self.children:
            if child.item is not None:
                yield child
            yield from child.scripts()


class LibraryTree(QAbstractItemModel):
    """Two columns: what it is called, and a sign for how it stands."""

    rename_wanted = Signal(object, str)  # ShelfItem, what it is to be called

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root = Node("", "")
        self.size = 0  # how many scripts are shown
        self._statistics: Mapping[str, ScriptExecutionStats] = {}
        self._statuses: dict[str, ScriptStatus] = {}

    def show(self, contents: Contents, grouping: Grouping, shown: Collection[Path] | None = None) -> None:
        """Take what is in the library; `shown` narrows it to some files."""
        items = contents.items if shown is None else [item for item in contents.items if item.path in shown]
        root = _by_folder(items) if grouping is Grouping.FOLDER else _by_tag(items)
        self.beginResetModel()
        self._root = root
        self.size = len(items)
        self._statistics = contents.statistics
        self.endResetModel()

    def set_statistics(self, statistics: Mapping[str, ScriptExecutionStats]) -> None:
        """Take new statistics; the tree stays as it is."""
        self._statistics = statistics
        self._repaint()

    def set_statuses(self, statuses: Mapping[str, ScriptStatus]) -> None:
        """Take what is known now of some files beyond their statistics, such as that they are running."""
        if statuses != self._statuses:
            self._statuses = dict(statuses)
            self._repaint()

    def status(self, item: ShelfItem) -> ScriptStatus:
        """Return how a script stands."""
        known = self._statuses.get(str(item.path))
        return known or self.statistics(item).status

    def statistics(self, item: ShelfItem) -> ScriptExecutionStats:
        """Return what the runs of a script were like."""
        return self._statistics.get(str(item.path)) or ScriptExecutionStats()

    def node(self, index: Index) -> Node:
        """Return what an index stands for."""
        node: Node = index.internalPointer() if index.isValid() else self._root
        return node

    def index_of(self, path: str) -> QModelIndex:
        """Return the first index of that path, invalid where there is none."""
        waiting = [self._root]
        while waiting:
            node = waiting.pop()
            if node.path == path and node is not self._root:
                return self.createIndex(node.row, 0, node)
            waiting.extend(reversed(node.children))
        return QModelIndex()

    def first_script(self) -> QModelIndex:
        """Return the uppermost script, invalid where there is none."""
        node = next(iter(self._root.scripts()), None)
        return QModelIndex() if node is None else self.createIndex(node.row, 0, node)

    def branches(self) -> Iterable[tuple[str, QModelIndex]]:
        """Give path and index of all that can be expanded."""
        waiting = [self._root]
        while waiting:
            node = waiting.pop()
            for child in node.children:
                if child.children:
                    yield child.path, self.createIndex(child.row, 0, child)
                    waiting.append(child)

    def _repaint(self) -> None:
        rows = len(self._root.children)
        if rows:  # a view paints all that it shows anew
            self.dataChanged.emit(self.index(0, 0), self.index(rows - 1, 1))

    # --- Qt's names ---

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.column() > 0 else len(self.node(parent).children)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 2

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        children = self.node(parent).children
        if 0 <= row < len(children) and 0 <= column < 2:
            return self.createIndex(row, column, children[row])
        return QModelIndex()

    def parent(self, child: Index) -> QModelIndex:  # type: ignore[override]
        above = self.node(child).parent
        return (
            QModelIndex() if above is None or above is self._root else self.createIndex(above.row, 0, above)
        )

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        item = self.node(index).item
        is_named = item is not None and not item.is_example and bool(item.entry.language)
        return flags | Qt.ItemFlag.ItemIsEditable if is_named and index.column() == 0 else flags

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Ask for another name; the tree shows it once it is so."""
        item = self.node(index).item
        if item is None or role != Qt.ItemDataRole.EditRole:
            return False
        self.rename_wanted.emit(item, str(value))
        return False

    def data(self, index: Index, role: int = 0) -> Any:
        node = self.node(index)
        if node.item is None:
            return self._branch_data(node, index.column(), role)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(node.item, self.status(node.item), self.statistics(node.item))
        return self._sign_data(node.item, role) if index.column() else self._name_data(node, node.item, role)

    def _branch_data(self, node: Node, column: int, role: int) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return str(sum(1 for _ in node.scripts())) if column else node.title
        if role == Qt.ItemDataRole.TextAlignmentRole and column:
            return int(Qt.AlignmentFlag.AlignCenter)
        if role == Qt.ItemDataRole.ForegroundRole and column:
            return QColor(theme.current().muted)
        return None

    def _name_data(self, node: Node, item: ShelfItem, role: int) -> Any:
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return node.title
            case Qt.ItemDataRole.EditRole:
                return item.entry.key
            case Qt.ItemDataRole.ForegroundRole if item.entry.problem and not item.entry.language:
                return QColor(theme.current().muted)
            case Qt.ItemDataRole.AccessibleTextRole:
                found = problems(item, self.statistics(item))
                problem = f", problem: {'; '.join(found)}" if found else ""
                return f"{node.title}, {STATUS_WORDS[self.status(item)]}{problem}"
        return None

    def _sign_data(self, item: ShelfItem, role: int) -> Any:
        status, statistics = self.status(item), self.statistics(item)
        sign = sign_of(item, status, statistics)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return sign.sign
            case Qt.ItemDataRole.ForegroundRole:
                return QColor(getattr(theme.current(), sign.colour))
            case Qt.ItemDataRole.TextAlignmentRole:
                return int(Qt.AlignmentFlag.AlignCenter)
            case Qt.ItemDataRole.FontRole:
                font = QFont()
                font.setBold(True)
                return font
            case Qt.ItemDataRole.AccessibleTextRole:
                return "; ".join(problems(item, statistics)) or STATUS_WORDS[status]
        return None


def _by_folder(items: Iterable[ShelfItem]) -> Node:
    root = Node("", "")
    folders: dict[str, Node] = {}

    def folder_node(path: str) -> Node:
        if path not in folders:
            above, _, title = path.rpartition("/")
            folders[path] = Node(title, path)
            (folder_node(above) if above else root).children.append(folders[path])
        return folders[path]

    for item in items:
        folder = "/".join(filter(None, (_EXAMPLES if item.is_example else "", item.entry.folder)))
        (folder_node(folder) if folder else root).children.append(_script_node(item))
    return _ordered(root)


def _by_tag(items: Iterable[ShelfItem]) -> Node:
    root = Node("", "")
    branches: dict[str, Node] = {}
    for item in items:
        for title in (_EXAMPLES,) if item.is_example else item.entry.tags or (_UNTAGGED,):
            if title not in branches:
                branches[title] = Node(title, f"#{title}")
                root.children.append(branches[title])
            branches[title].children.append(_script_node(item))
    return _ordered(root)


def _script_node(item: ShelfItem) -> Node:
    return Node(item.entry.file_name, str(item.path), item)


def _ordered(node: Node) -> Node:
    """Put branches before scripts, each by name, those that nobody made last; fill in the links."""
    children, node.children = node.children, []
    children.sort(
        key=lambda child: (child.title.startswith(_LAST), child.item is not None, child.title.lower())
    )
    for child in children:
        child.title = child.title.removeprefix(_LAST)
        node.add(_ordered(child))
    return node
