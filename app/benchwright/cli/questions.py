"""Asks the person at the terminal: for grants before a run, and what a script asks while it goes on."""

import os
import sys
import threading
from collections.abc import Callable, Iterable, Sequence

from benchwright.cli.console import Console, printable
from benchwright.core.events import QuestionAsked
from benchwright.core.permissions import MEANINGS, Permission


def confirm_grants(
    console: Console, script: str, permissions: Iterable[Permission], unfenced: Sequence[str] = ()
) -> bool:
    """Ask whether a script may have these permissions; only a yes is one.

    Args:
        unfenced: what does not keep the script from the rest of this computer, and why.
    """
    console.note(f"{printable(script)} asks for:")
    for permission in sorted(permissions):
        console.note(f"  {permission:16}  {MEANINGS[permission]}")
    if unfenced:
        console.note("This computer does not fence it in fully; say yes only if you trust it:")
        for fence in unfenced:
            console.note(f"  {fence}")
    print("Grant this, until the script changes? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


class Prompter:
    """Puts a script's questions to the person, one at a time, while events keep coming.

    Args:
        answer: takes the question's id and the answer.
    """

    def __init__(self, console: Console, answer: Callable[[int, str], None]) -> None:
        self._console = console
        self._answer = answer
        self._lock = threading.Lock()

    @property
    def is_asking(self) -> bool:
        """Whether a question waits for its answer."""
        return self._lock.locked()

    def ask(self, event: QuestionAsked) -> None:
        """Ask in the background; the thread may outlive its question, when the run ends first."""
        threading.Thread(target=self._ask, args=(event,), name="question", daemon=True).start()

    def _ask(self, event: QuestionAsked) -> None:
        with self._lock:
            self._console.note(self._console.paint(printable(event.question), "bold"))
            for number, choice in enumerate(event.choices, 1):
                self._console.note(f"  {number}  {printable(choice)}")
            answer = self._choose(event.choices)
        self._answer(event.question_id, answer)

    def _choose(self, choices: Sequence[str]) -> str:
        while True:
            print("Your choice: ", end="", file=sys.stderr, flush=True)
            line = _read_line()
            if line is None:
                return ""  # nobody is there any more
            if choice := chosen(line, choices):
                return choice
            self._console.note("Please type one of the choices, or its number.")


def chosen(text: str, choices: Sequence[str]) -> str | None:
    """Return the choice that a person means: the choice itself, its number, or the start of only one."""
    text = text.strip()
    if text in choices:
        return text
    if text.isdecimal() and 1 <= int(text) <= len(choices):
        return choices[int(text) - 1]
    matches = [choice for choice in choices if text and choice.lower().startswith(text.lower())]
    return matches[0] if len(matches) == 1 else None


def _read_line() -> str | None:
    """Return a line of the terminal, None at its end; takes no lock that the process waits for at its end."""
    data = os.read(sys.stdin.fileno(), 4096)
    return data.decode(errors="replace") if data else None
