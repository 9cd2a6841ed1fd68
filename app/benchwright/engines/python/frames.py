"""Where a running script is: the line of its innermost frame, found at little cost."""

from types import CodeType, FrameType, TracebackType

_CACHED_PLACES = 10_000


class ScriptFrames:
    """Knows the frames of one script among all others.

    Args:
        file: what the script's code objects have as their file name.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.line = 0  # from which the script last called the host
        # A frame's line number is decoded from the start of its code each time: 100 µs in a long script.
        self._lines: dict[tuple[int, int], tuple[CodeType, int]] = {}

    def note(self, frame: FrameType | None) -> int:
        """Find the script's innermost frame, from `frame` outwards; keep and return its line."""
        self.line = self.find(frame) or self.line
        return self.line

    def find(self, frame: FrameType | None) -> int:
        """Return the line of the script's innermost frame, from `frame` outwards; 0 where there is none."""
        while frame is not None:
            code = frame.f_code
            if code.co_filename == self.file:
                place = (id(code), frame.f_lasti)
                known = self._lines.get(place)
                return known[1] if known is not None else self._decode(place, code, frame)
            frame = frame.f_back
        return 0

    def _decode(self, place: tuple[int, int], code: CodeType, frame: FrameType) -> int:
        if len(self._lines) >= _CACHED_PLACES:
            self._lines.clear()
        line = frame.f_lineno or 0
        self._lines[place] = (code, line)  # holding the code keeps its id from being used again
        return line

    def innermost(self, traceback: TracebackType | None) -> TracebackType | None:
        """Return the last entry of a traceback that is in the script."""
        found = None
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename == self.file:
                found = traceback
            traceback = traceback.tb_next
        return found
