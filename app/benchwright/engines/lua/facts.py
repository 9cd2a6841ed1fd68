"""What a Lua text shows of its names and calls."""

from collections import defaultdict
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Binding:
    """A variable that holds the instrument of this name, as long as nothing else is assigned to it."""

    instrument: str
    valid: bool = True


@dataclass
class Facts:
    """What a text shows; all numbers are indices of tokens."""

    tokens: list[str]
    reads: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))  # of globals
    tested: set[str] = field(default_factory=set)  # globals that are tested for being there
    writes: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))  # of globals
    locals: list[int] = field(default_factory=list)  # declarations of local variables
    instruments: list[tuple[int, str]] = field(default_factory=list)  # literal names that are asked for
    uses: list[tuple[Binding, int]] = field(default_factory=list)  # index of the ``.`` or ``:`` after it
    global_instruments: dict[str, Binding] = field(default_factory=dict)
