"""Tracebacks that show a script's own lines; calls of libraries are counted, ours are left out."""

import re
from collections.abc import Collection, Iterator
from itertools import groupby, takewhile
from traceback import FrameSummary, StackSummary, TracebackException
from typing import Any

TRACEBACK_BYTES = 16 * 1024

_HERE = (lambda: None).__code__.co_filename  # not __file__: a bundled program's code has paths of its own
_OURS = _HERE[: -len("engines/python/tracebacks.py")]
_ELSEWHERE = "<elsewhere>"
_PACKAGE = re.compile(
    r".*(?:site-packages|dist-packages|python3\.\d+|Lib|^)[\\/]?([^\\/]+?)(?:\.py)?(?:[\\/]|$)"
)
_OUR_CLASS = re.compile(r"^benchwright(?:\.\w+)*\.(?=\w+(?::|$))", re.MULTILINE)


def script_traceback(error: BaseException, files: Collection[str]) -> str | None:
    """Return the traceback of an error, of which the frames in `files` are the script's."""
    try:
        summary = TracebackException.from_exception(error, lookup_lines=False, compact=True)
        for part in _parts(summary):
            part.stack = _ScriptStack(_trimmed(part.stack, files))
        return cut(_OUR_CLASS.sub("", "".join(summary.format())).rstrip(), TRACEBACK_BYTES)
    except Exception:  # noqa: BLE001  # a script's exception may defeat any reader; its message still counts
        return None


def cut(text: str, limit_bytes: int) -> str:
    """Return valid text of about `limit_bytes` at most; what does not fit is left out of its middle."""
    data = text.encode("utf-8", "backslashreplace")
    if len(data) <= limit_bytes:
        return data.decode()
    half = limit_bytes // 2
    head, tail = data[:half].decode("utf-8", "ignore"), data[-half:].decode("utf-8", "ignore")
    return f"{head} ... ({len(data) - 2 * half} bytes cut) ... {tail}"


def _parts(summary: TracebackException) -> Iterator[TracebackException]:
    """Go over an error, the errors that led to it, and those that it groups."""
    waiting: list[TracebackException | None] = [summary]
    while waiting:
        part = waiting.pop()
        if part is not None:
            yield part
            waiting += [part.__cause__, part.__context__, *(part.exceptions or ())]


class _ScriptStack(StackSummary):
    """A stack in which runs of library frames are one line each."""

    def format_frame_summary(self, frame_summary: FrameSummary, **kwargs: Any) -> str:
        if frame_summary.filename != _ELSEWHERE:
            return super().format_frame_summary(frame_summary, **kwargs)
        count = frame_summary.lineno
        return f"  ... {count} call{'s' if count != 1 else ''} in {frame_summary.name}\n"


def _trimmed(stack: list[FrameSummary], files: Collection[str]) -> list[FrameSummary]:
    places = [index for index, frame in enumerate(stack) if frame.filename in files]
    if not places:
        return []
    frames = stack[places[0] : places[-1] + 1]
    frames += takewhile(lambda frame: not frame.filename.startswith(_OURS), stack[places[-1] + 1 :])
    kept: list[FrameSummary] = []
    for package, run in groupby(frames, lambda frame: _package(frame.filename, files)):
        group = list(run)
        if package == "":
            kept += group
        elif package is not None:
            kept.append(FrameSummary(_ELSEWHERE, len(group), package, lookup_line=False, line=""))
    return kept


def _package(file: str, files: Collection[str]) -> str | None:
    """Name the package of a library's file; empty for the script's own, None for what is not shown."""
    if file in files:
        return ""
    if file.startswith((_OURS, "<frozen ")):
        return None
    if file.startswith("<"):  # text that the script compiled by itself
        return ""
    name = _PACKAGE.match(file)
    return name[1] if name else file
