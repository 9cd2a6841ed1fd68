"""Finds what somebody means by a few of its letters."""

from typing import Final

_START: Final = 30  # the first letter of all
_WORD: Final = 12  # the first letter of a word
_NEXT: Final = 15  # right after the letter before
_GAP: Final = 1  # for each letter that is left out


def score(wanted: str, text: str) -> int | None:
    """Return how well letters fit a text, None where they are not all in it, in this order.

    Case does not matter, blanks in `wanted` are passed over; letters at the starts of words and letters in a
    row count most.
    """
    letters = [letter for letter in wanted.casefold() if not letter.isspace()]
    lowered = text.casefold()
    if not letters:
        return 0
    best: dict[int, int] = {-1: 0}  # the best score by the place of the last letter that was found
    for letter in letters:
        found: dict[int, int] = {}
        for place in (at for at, each in enumerate(lowered) if each == letter):
            options = [value + _gain(lowered, last, place) for last, value in best.items() if last < place]
            if options:
                found[place] = max(options)
        if not found:
            return None
        best = found
    return max(best.values())


def _gain(text: str, last: int, place: int) -> int:
    if place == 0:
        return _START
    if place == last + 1:
        return _NEXT
    gap = min(place - last - 1, 10) * _GAP
    is_word = not text[place - 1].isalnum()
    return (_WORD if is_word else 0) - gap
