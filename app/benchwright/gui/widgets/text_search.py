"""Finds plain text and regular expressions in a text; knows nothing of the window.

A regular expression may take for ever, and Python cannot interrupt one: `main` searches in a process of its
own, which ends by itself when its time is over.
"""

import faulthandler
import os
import re
import sys
from typing import Final

import msgspec

SEARCH_SWITCH: Final = "--search-process"
TIME_LIMIT_S: Final = 2.0  # of a regular expression
_PLAIN_LIMIT_S: Final = 60.0  # plain text takes a time that grows with the text's length alone


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What to find, in the characters from `start` up to `end` of a text; an `end` of -1 is its end."""

    pattern: str
    is_regex: bool = False
    matches_case: bool = False
    whole_words: bool = False
    replacement: str = ""
    start: int = 0
    end: int = -1


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What was found: positions in UTF-8 bytes, and what each match would be replaced by.

    `problem` says why nothing could be searched for.
    """

    spans: list[tuple[int, int]] = []
    replacements: list[str] = []
    problem: str = ""


class Task(msgspec.Struct, frozen=True):
    """What the process is given."""

    query: Query
    text: str


def search(query: Query, text: str) -> Found:
    """Find every match; takes as long as it takes."""
    try:
        matches = list(
            _compiled(query).finditer(text, query.start, len(text) if query.end < 0 else query.end)
        )
        template = query.replacement
        replacements = [match.expand(template) for match in matches] if query.is_regex else []
    except (re.error, IndexError) as error:
        position = getattr(error, "pos", None)
        message = getattr(error, "msg", None) or str(error)
        return Found(problem=message if position is None else f"{message} (character {position + 1})")
    except (RecursionError, OverflowError) as error:
        return Found(problem=str(error))
    offsets = _byte_offsets(text, [edge for match in matches for edge in match.span()])
    return Found(spans=list(zip(offsets[::2], offsets[1::2], strict=True)), replacements=replacements)


def main() -> None:
    """Answer the one task on standard input, within the time limit."""
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - it must be a file with a descriptor
        limit_s = TIME_LIMIT_S if task.query.is_regex else _PLAIN_LIMIT_S
        faulthandler.dump_traceback_later(limit_s, exit=True, file=nowhere)
        answer = msgspec.json.encode(search(task.query, task.text))
        sys.stdout.buffer.write(answer)
        sys.stdout.buffer.flush()
        faulthandler.cancel_dump_traceback_later()


def _compiled(query: Query) -> re.Pattern[str]:
    source = query.pattern if query.is_regex else re.escape(query.pattern)
    if query.whole_words:
        source = rf"(?<!\w)(?:{source})(?!\w)"
    return re.compile(source, re.MULTILINE | (re.NOFLAG if query.matches_case else re.IGNORECASE))


def _byte_offsets(text: str, offsets: list[int]) -> list[int]:
    """Turn ascending offsets in characters into offsets in UTF-8."""
    if text.isascii():
        return offsets
    result, last, position = [], 0, 0
    for offset in offsets:
        position += len(text[last:offset].encode("utf-8", "replace"))
        last = offset
        result.append(position)
    return result
