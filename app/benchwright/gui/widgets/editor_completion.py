"""Offers words and explains calls while somebody types."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer
from pyside6_scintilla import Scintilla, ScintillaEdit

from benchwright.gui.widgets.completion import CallTip, CompletionSource, Site, Suggestion
from benchwright.gui.widgets.editor_typing import text_of

_LEAST_TYPED: Final = 3  # letters after which words are offered unasked
_REACH_BYTES: Final = 60_000  # of the script before and behind the cursor in which names are looked for
_MOST_OFFERED: Final = 400
_LONGEST_HELP: Final = 70
_WIDEST_WORD: Final = 24
_GAP: Final = "  "  # between a word and its help; no word has blanks


class TypingHelp(QObject):
    """The list of words and the call tip of one editor.

    Args:
        code: the editor.
        language: tells the language of the script.
    """

    def __init__(self, code: ScintillaEdit, language: Callable[[], str]) -> None:
        super().__init__(code)
        self._code = code
        self._language = language
        self._typed = 0  # characters that the chosen word replaces
        self._tip: CallTip | None = None
        self.source: CompletionSource | None = None
        code.autoCSetSeparator(ord("\n"))
        code.autoCSetIgnoreCase(True)
        code.autoCSetOrder(Scintilla.Ordering.Custom)
        code.autoCSetMaxHeight(10)
        code.autoCompleteSelection.connect(self._on_chosen)

    def complete(self) -> None:
        """Offer what can be written at the cursor."""
        found = self.source.complete(self._site()) if self.source is not None else None
        if found is None or not found.suggestions:
            self._code.autoCCancel()
            return
        self._typed = found.typed
        self._code.autoCShow(found.typed, "\n".join(_rows(found.suggestions[:_MOST_OFFERED])))

    def show_call_tip(self) -> None:
        """Explain the call in whose brackets the cursor stands."""
        code = self._code
        tip = self.source.call_tip(self._site()) if self.source is not None else None
        if tip is None:
            code.callTipCancel()
        elif not code.autoCActive():
            before = text_of(code, code.positionRelative(code.currentPos(), -tip.back), code.currentPos())
            on_this_line = len(before.rpartition("\n")[2]) if "\n" in before else tip.back
            code.callTipShow(code.positionRelative(code.currentPos(), -on_this_line), tip.text)
            start, end = (len(tip.text[:edge].encode()) for edge in (tip.start, tip.end))
            code.callTipSetHlt(start, end)
        self._tip = tip

    def follow(self) -> None:
        """Keep the call tip at the argument in which the cursor stands now."""
        if self._code.callTipActive() and self.source is not None:
            tip = self.source.call_tip(self._site())
            if tip is None or self._tip is None or tip[:3] != self._tip[:3]:
                self.show_call_tip()

    def on_character(self, typed: str) -> None:
        """Take note of what was typed outside of comments."""
        if self.source is None:
            return
        if typed in ("(", ",", ")"):
            self.show_call_tip()
        elif self._wants_words(typed):
            self.complete()

    def _wants_words(self, typed: str) -> bool:
        if self._code.autoCActive():
            return True  # the list follows what is typed
        line = self._site().above.rpartition("\n")[2]
        if typed in ("'", '"'):
            return line[:-1].rstrip().endswith(("get(", "get_async(", "params["))
        if typed in (".", ":"):
            return True
        word = line[len(line.rstrip("_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) :]
        return len(word) == _LEAST_TYPED and not word[0].isdigit()

    def _site(self) -> Site:
        code, position = self._code, self._code.currentPos()
        first = max(position - _REACH_BYTES, 0)
        if first:
            first = code.positionFromLine(code.lineFromPosition(first) + 1)
        last = min(position + _REACH_BYTES, code.length())
        above = text_of(code, min(first, position), position)
        return Site(self._language(), above, text_of(code, position, last))

    def _on_chosen(self, _: int, row: str) -> None:
        """Write the word without its help, at every cursor."""
        code = self._code
        code.autoCCancel()
        word = row.partition(" ")[0]
        code.beginUndoAction()
        carets = sorted(range(code.selections()), key=code.selectionNCaret, reverse=True)
        for number in carets:
            end = code.selectionNCaret(number)
            start = code.positionRelative(end, -self._typed) if self._typed else end
            code.setTargetRange(start, end)
            code.replaceTarget(len(word.encode()), word)
            code.setSelectionNCaret(number, start + len(word.encode()))
            code.setSelectionNAnchor(number, start + len(word.encode()))
        code.endUndoAction()
        QTimer.singleShot(0, self, self.show_call_tip)


def _rows(suggestions: "tuple[Suggestion, ...]") -> list[str]:
    width = min(max(len(each.word) for each in suggestions), _WIDEST_WORD)
    return [_row(each, width) for each in suggestions]


def _row(suggestion: Suggestion, width: int) -> str:
    text = " ".join(suggestion.help.split())
    if not text:
        return suggestion.word
    text = text if len(text) <= _LONGEST_HELP else f"{text[: _LONGEST_HELP - 1]}…"
    return f"{suggestion.word:<{width}}{_GAP}{text}"
