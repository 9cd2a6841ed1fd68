"""A virtual screen with the real program on it, and a person who presses keys and clicks."""

import ast
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from Xlib import XK, X, display
from Xlib.ext import xtest

ROOT: Final = Path(__file__).resolve().parents[2]
TIMEOUT_S: Final = 30.0
_SIZE: Final = (1280, 800)
_KEYSYMS: Final = {"\n": "Return", "\t": "Tab"}


class Colour(NamedTuple):
    """What a pixel shows, 0 to 255 each."""

    red: int
    green: int
    blue: int

    @classmethod
    def named(cls, text: str) -> "Colour":
        """Return the colour of a ``#rrggbb``."""
        return cls(*bytes.fromhex(text.removeprefix("#")))


class Place(NamedTuple):
    """A rectangle of the screen in pixels."""

    left: int
    top: int
    width: int
    height: int


class User:
    """Presses keys and clicks on a screen; looks at its pixels, and asks the program what it shows."""

    def __init__(self, screen: str, observer: Path, process: "subprocess.Popen[bytes]") -> None:
        self.process = process
        self._display = display.Display(screen)
        self._root = self._display.screen().root
        self._observer = observer

    def close(self) -> None:
        """Leave the screen."""
        self._display.close()

    # --- looking ---

    def look(self, expression: str) -> Any:
        """Return the value of an expression in the program, of plain values; `window` is its window."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(TIMEOUT_S)
            client.connect(str(self._observer))
            with client.makefile("rw", encoding="utf-8") as stream:
                stream.write(" ".join(expression.split()) + "\n")
                stream.flush()
                answer = stream.readline().rstrip("\n")
        assert not answer.startswith("!"), f"{expression}: {answer}"
        return ast.literal_eval(answer)

    def wait_for(self, holds: Callable[[], object] | str) -> None:
        """Wait until something holds, or an expression in the program does."""
        look = (lambda: self.look(holds)) if isinstance(holds, str) else holds
        deadline_s = time.monotonic() + TIMEOUT_S
        while not look():
            assert self.process.poll() is None, "the program ended"
            assert time.monotonic() < deadline_s, f"it never came: {holds}"
            time.sleep(0.02)

    def place_of(self, widget: str) -> Place:
        """Return where a widget is, by an expression for it or its objectName."""
        found = widget if "(" in widget or "." not in widget else f"window.findChild(QWidget, {widget!r})"
        return Place(
            *self.look(
                "(lambda w: (w.mapToGlobal(w.rect().topLeft()).x(), w.mapToGlobal(w.rect().topLeft()).y(),"
                f" w.width(), w.height()))({found})"
            )
        )

    def pixels(self, place: Place) -> list[list[Colour]]:
        """Return the rows of pixels that a part of the screen shows."""
        data = self._root.get_image(*place, X.ZPixmap, 0xFFFFFFFF).data
        pixels = [
            Colour(red, green, blue)
            for blue, green, red in zip(data[::4], data[1::4], data[2::4], strict=True)
        ]
        return [pixels[start : start + place.width] for start in range(0, len(pixels), place.width)]

    def columns_with(self, colour: str, place: Place) -> list[int]:
        """Return which columns of pixels of a part of the screen have this colour somewhere."""
        wanted = Colour.named(colour)
        found = {x for row in self.pixels(place) for x, pixel in enumerate(row) if pixel == wanted}
        return sorted(found)

    # --- acting ---

    def focus(self) -> None:
        """Give the keyboard to the front window, as a window manager does."""
        self.wait_for("(app.activeModalWidget() or window).isVisible()")
        window = self.look("int((app.activeModalWidget() or window).winId())")
        self._display.set_input_focus(window, X.RevertToParent, X.CurrentTime)
        self._display.sync()
        self.wait_for("(app.activeModalWidget() or window).isActiveWindow()")

    def press(self, keys: str) -> None:
        """Press keys together, such as ``ctrl+shift+space``; names are those of X keysyms."""
        names = {"ctrl": "Control_L", "shift": "Shift_L", "alt": "Alt_L"}
        codes = [self._code(names.get(name, name)) for name in keys.split("+")]
        for code in codes:
            xtest.fake_input(self._display, X.KeyPress, code)
        for code in reversed(codes):
            xtest.fake_input(self._display, X.KeyRelease, code)
        self._display.sync()

    def type(self, text: str) -> None:
        """Type a text of the keys that the keyboard has."""
        for character in text:
            keysym = XK.string_to_keysym(_KEYSYMS.get(character, character)) or ord(character)
            code = self._display.keysym_to_keycode(keysym)
            assert code, f"there is no key for {character!r}"
            shifted = self._display.keycode_to_keysym(code, 0) != keysym
            shift = self._code("Shift_L")
            if shifted:
                xtest.fake_input(self._display, X.KeyPress, shift)
            xtest.fake_input(self._display, X.KeyPress, code)
            xtest.fake_input(self._display, X.KeyRelease, code)
            if shifted:
                xtest.fake_input(self._display, X.KeyRelease, shift)
        self._display.sync()

    def click(self, widget: str) -> None:
        """Click on the middle of a widget: an expression for it, or its objectName."""
        place = self.place_of(widget)
        x, y = place.left + place.width // 2, place.top + place.height // 2
        xtest.fake_input(self._display, X.MotionNotify, x=x, y=y)
        xtest.fake_input(self._display, X.ButtonPress, 1)
        xtest.fake_input(self._display, X.ButtonRelease, 1)
        self._display.sync()

    def _code(self, name: str) -> int:
        code = int(self._display.keysym_to_keycode(XK.string_to_keysym(name)))
        assert code, f"the keyboard has no key {name}"
        return code


@contextmanager
def virtual_screen() -> Iterator[str]:
    """Start an X server without a screen on a free display and return its name."""
    ours, theirs = os.pipe()
    size = "x".join(map(str, (*_SIZE, 24)))
    command = ["Xvfb", "-displayfd", str(theirs), "-screen", "0", size, "-nolisten", "tcp", "-noreset"]
    with subprocess.Popen(command, pass_fds=[theirs], stderr=subprocess.DEVNULL) as server:
        os.close(theirs)
        try:
            with os.fdopen(ours, encoding="ascii") as number:
                yield f":{number.readline().strip()}"
        finally:
            server.terminate()
            server.wait(TIMEOUT_S)


@contextmanager
def user_at_window(folder: Path, data_dir: Path, *arguments: str) -> Iterator[User]:
    """Start `python main.py` on a screen of its own.

    Args:
        folder: where the program's output and the observer's socket go.
        data_dir: the home of the data folder, for its environment.
        arguments: those of the command line.
    """
    observer = folder / "observer"
    with virtual_screen() as screen, (folder / "output.txt").open("wb") as output:
        environment = {
            **os.environ,
            "DISPLAY": screen,
            "QT_QPA_PLATFORM": "xcb",
            "XDG_DATA_HOME": str(data_dir),
            "PYTHONPATH": str(Path(__file__).parent / "observer"),
            "BENCHWRIGHT_OBSERVER": str(observer),
        }
        environment.pop("WAYLAND_DISPLAY", None)
        command = [sys.executable, str(ROOT / "main.py"), *arguments]
        with subprocess.Popen(command, env=environment, stdout=output, stderr=output) as process:
            user = User(screen, observer, process)
            try:
                user.wait_for(observer.exists)
                user.wait_for("window.isVisible() and window.model.is_attached")
                user.focus()
                yield user
            finally:
                user.close()
                if process.poll() is None:
                    process.kill()
