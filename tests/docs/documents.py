"""The fenced examples of the documents."""

import re
from pathlib import Path
from typing import NamedTuple

DOCS = Path(__file__).resolve().parents[2] / "docs"
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Example(NamedTuple):
    """One fenced block: where it stands, its language (empty: none is named), its text."""

    line: int
    language: str
    text: str


def examples(document: str, *languages: str) -> list[Example]:
    """Return the examples of a document in these languages."""
    text = (DOCS / document).read_text("utf-8")
    found = [Example(text.count("\n", 0, m.start()) + 1, m[1], m[2]) for m in _FENCE.finditer(text)]
    return [example for example in found if example.language in languages]


def named(found: list[Example]) -> dict[str, Example]:
    """Return examples by a name that tells where they stand."""
    return {f"{example.language}-line-{example.line}": example for example in found}
