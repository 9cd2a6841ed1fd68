"""Reads units, types and one line of help from the docstrings of PyMeasure's classes."""

import re
from typing import Final

_LONGEST: Final = 160
_ROLE: Final = re.compile(r":\w+:`~?\.?([^`<]*?)(?:\s*<[^`]*>)?`")
_OPENING: Final = re.compile(
    r"^(?:An? [\w -]*?property (?:that|which) (?:\w+s)|"
    r"Controls?|Measures?|Gets?|Reads?|Sets?|Quer(?:y|ies)|Returns?)\s+(?!whether|if|\()",
    re.IGNORECASE,
)
_TYPES: Final = (
    ("boolean", re.compile(r"\((?:bool|boolean)\b|^A boolean\b|^Returns a boolean\b", re.IGNORECASE)),
    ("text", re.compile(r"\((?:str|string)\b|^An? string\b", re.IGNORECASE)),
    ("integer", re.compile(r"\((?:int|integer)\b|^An? integer\b", re.IGNORECASE)),
    ("float", re.compile(r"\(float\b|^A floating[ -]point\b", re.IGNORECASE)),
)
_UNITS: Final = {
    "V": "volts volt",
    "mV": "millivolts millivolt",
    "A": "amps amp amperes ampere",
    "mA": "milliamps milliamperes",
    "Ohm": "ohms ohm",
    "W": "watts watt",
    "mW": "milliwatts milliwatt",
    "Hz": "hertz hz",
    "kHz": "kilohertz khz",
    "MHz": "megahertz mhz",
    "GHz": "gigahertz ghz",
    "s": "seconds second sec",
    "ms": "milliseconds millisecond",
    "us": "microseconds microsecond",
    "deg": "degrees degree deg",
    "degC": "celsius °c degc",
    "K": "kelvin kelvins",
    "dB": "db decibel decibels",
    "dBm": "dbm",
    "%": "percent %",
    "m": "meters meter metres",
    "mm": "millimeters millimeter mm",
    "um": "micrometers micrometer microns um",
    "nm": "nanometers nanometer nm",
    "T": "tesla",
    "G": "gauss",
    "F": "farad farads",
    "H": "henry henries",
    "bar": "bar",
    "mbar": "mbar millibar",
    "Pa": "pascal pascals",
    "rpm": "rpm",
}
_UNIT_BY_WORD: Final = {word: unit for unit, words in _UNITS.items() for word in words.split()}
_SYMBOLS: Final = frozenset(_UNITS) - {"m", "G", "T", "F", "H"}  # those alone are too often something else
_IN_UNITS: Final = re.compile(r"\b(?:in|of)\s+(?:units of\s+)?(?:degrees? )?([A-Za-z°%]+)")
_BRACKETS: Final = re.compile(r"[(\[](?:in )?([A-Za-z°%]{1,4})[)\]]")


def paragraph(doc: str | None) -> str:
    """Return the first paragraph of a docstring as one line without markup."""
    first = re.split(r"\n\s*\n|\n\s*:param|\n\s*\.\. ", (doc or "").strip())[0]
    return _ROLE.sub(r"\1", " ".join(first.split())).replace("``", "")


def help_line(doc: str | None, verb: str, otherwise: str) -> str:
    """Return one sentence of help.

    Args:
        doc: the docstring.
        verb: what it shall begin with, such as ``Set``, where the docstring says control, get or the like;
            empty where it shall begin as it does.
        otherwise: the sentence where there is no docstring.
    """
    text = paragraph(doc)
    if not text:
        return otherwise
    sentence = re.split(r"(?<=[.!?])\s+(?=[A-Z])", text)[0].rstrip(" :")
    if verb:
        sentence = _OPENING.sub(f"{verb} ", sentence, count=1)
    if len(sentence) > _LONGEST:
        sentence = sentence[:_LONGEST].rsplit(" ", 1)[0] + " ..."
    return sentence[:1].upper() + sentence[1:] + ("" if sentence.endswith((".", "!", "?")) else ".")


def unit(doc: str | None) -> str:
    """Return the symbol of the unit that a docstring names, empty where it names none that is known."""
    text = paragraph(doc)
    for word in _IN_UNITS.findall(text):
        if found := _UNIT_BY_WORD.get(word.lower()) or (word if word in _SYMBOLS else ""):
            return found
    return next((symbol for symbol in _BRACKETS.findall(text) if symbol in _SYMBOLS), "")


def type_of(doc: str | None) -> str:
    """Return the type that a docstring names, empty where it names none."""
    text = paragraph(doc)
    return next((name for name, pattern in _TYPES if pattern.search(text)), "")
