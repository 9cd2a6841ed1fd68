"""How a script is coloured and folded: the two lexers, their words, and the colours of the theme."""

from typing import Final, NamedTuple

from lexilla import create_lexer
from PySide6.QtGui import QColor, QFont, QFontInfo
from pyside6_scintilla import Scintilla, ScintillaEdit

from benchwright.engines.host_api import HOST_FUNCTIONS
from benchwright.gui.theme import Theme
from benchwright.gui.widgets.lua_library import KEYWORDS, LIBRARY, MODULES

LINE_NUMBERS, SYMBOLS, FOLDS = 0, 1, 2  # margins
RUNNING_LINE, RUNNING_SIGN, ERROR_SIGN, WARNING_SIGN, INFO_SIGN = 1, 2, 3, 4, 5  # markers
ERROR, WARNING, INFO, FOUND = 8, 9, 10, 11  # indicators
ERROR_NOTE, WARNING_NOTE = 60, 61  # styles of what is written behind a line
HUGE_BYTES: Final = 2_000_000  # from here on a text is not folded

_HOST_WORDS: Final = (*HOST_FUNCTIONS, "instruments", "params")
_LUA_LIBRARY: Final = " ".join([*(name for name in LIBRARY if "." not in name), *MODULES])
_PYTHON_LIBRARY: Final = (
    "abs all any bool bytes dict divmod enumerate filter float format int isinstance len list map max min "
    "next open pow print range repr reversed round set sorted str sum super tuple type zip Exception "
    "KeyError RuntimeError StopIteration TypeError ValueError ZeroDivisionError self"
)


class Language(NamedTuple):
    """What the editor knows of a script language; styles are the numbers its lexer gives."""

    name: str
    keywords: str
    library: str
    comment: str  # starts a comment that ends with the line
    indent: int
    styles: dict[int, str]  # field of `SyntaxColours` by style
    comment_styles: tuple[int, ...]
    string_styles: tuple[int, ...]
    tabs: bool = False  # indents by tabs


LUA: Final = Language(
    "lua",
    KEYWORDS,
    _LUA_LIBRARY,
    "--",
    2,
    {
        **dict.fromkeys((1, 2, 3), "comment"),
        4: "number",
        5: "keyword",
        **dict.fromkeys((6, 7, 8, 12), "string"),
        10: "operator",
        11: "name",
        **dict.fromkeys((13, 14), "function"),
        20: "keyword",
    },
    (1, 2, 3),
    (6, 7, 8, 12),
)
PYTHON: Final = Language(
    "python",
    "False None True and as assert async await break case class continue def del elif else except finally "
    "for from global if import in is lambda match nonlocal not or pass raise return try while with yield",
    _PYTHON_LIBRARY,
    "#",
    4,
    {
        **dict.fromkeys((1, 12), "comment"),
        2: "number",
        **dict.fromkeys((3, 4, 6, 7, 13, 16, 17, 18, 19), "string"),
        5: "keyword",
        **dict.fromkeys((8, 9, 14, 15), "function"),
        10: "operator",
        11: "name",
        20: "name",
    },
    (1, 12),
    (3, 4, 6, 7, 13, 16, 17, 18, 19),
)
TOML: Final = Language(
    "toml",
    "true false",
    "",
    "#",
    2,
    {
        1: "comment",
        2: "name",
        3: "keyword",
        4: "number",
        5: "function",
        6: "name",
        7: "name",
        8: "operator",
        **dict.fromkeys(range(9, 15), "string"),
    },
    (1,),
    tuple(range(9, 15)),
)
TEXT: Final = Language("text", "", "", "", 4, {}, (), ())
LANGUAGES: Final = {language.name: language for language in (LUA, PYTHON, TOML, TEXT)}


_LEXERS: Final = {"text": "null"}  # where the lexer is called otherwise


def language(name: str, indent: int = 0, *, tabs: bool = False) -> Language:
    """Return a language, indented by that many columns a step; 0 for what is usual in it."""
    known = LANGUAGES[name]
    return known._replace(indent=indent or known.indent, tabs=tabs)


def bgr(colour: str) -> int:
    """Return a colour as Scintilla writes it."""
    value = QColor(colour)
    return value.red() | value.green() << 8 | value.blue() << 16


def bgra(colour: str, alpha: int = 255) -> int:
    """Return a colour with its opacity, of 255, as Scintilla's elements want it."""
    return bgr(colour) | alpha << 24


def use_language(code: ScintillaEdit, language: Language, huge: bool) -> None:
    """Let the lexer of a language colour the text, the visible part first and the rest in idle time."""
    lexer = create_lexer(_LEXERS.get(language.name, language.name))
    if lexer is None:
        raise RuntimeError(f"lexilla has no lexer for {language.name}")
    code.setIdleStyling(Scintilla.IdleStyling.All)
    code.setILexer(lexer.detach())
    code.setKeyWords(0, language.keywords)
    code.setKeyWords(1, f"{language.library} {' '.join(_HOST_WORDS)}" if language.library else "")
    ScintillaEdit.setProperty(code, "fold", "0" if huge else "1")
    ScintillaEdit.setProperty(code, "fold.compact", "0")
    code.setMarginWidthN(FOLDS, 0 if huge else _pixels(code, 0.9))
    code.setTabWidth(language.indent)
    code.setIndent(language.indent)
    code.setUseTabs(language.tabs)


def use_theme(code: ScintillaEdit, theme: Theme, language: Language, font: QFont) -> None:
    """Take colours and font."""
    _use_styles(code, theme, language, font)
    _use_elements(code, theme)
    _use_margins(code, theme)
    _use_indicators(code, theme)


def _use_styles(code: ScintillaEdit, theme: Theme, language: Language, font: QFont) -> None:
    common = Scintilla.StylesCommon
    code.styleSetFont(common.Default, QFontInfo(font).family())
    code.styleSetSizeFractional(common.Default, round(max(QFontInfo(font).pointSizeF(), 6.0) * 100))
    code.styleSetFore(common.Default, bgr(theme.text))
    code.styleSetBack(common.Default, bgr(theme.surface))
    code.styleClearAll()
    for style, role in language.styles.items():
        code.styleSetFore(style, bgr(getattr(theme.syntax, role)))
    for style in language.comment_styles:
        code.styleSetItalic(style, True)
    code.styleSetFore(common.LineNumber, bgr(theme.muted))
    code.styleSetFore(common.IndentGuide, bgr(theme.border))
    code.styleSetBold(common.BraceLight, True)
    code.styleSetFore(common.BraceLight, bgr(theme.accent))
    code.styleSetBack(common.BraceLight, bgr(theme.selection))
    code.styleSetFore(common.BraceBad, bgr(theme.error))
    code.styleSetFore(common.CallTip, bgr(theme.text))
    code.styleSetBack(common.CallTip, bgr(theme.background))
    code.callTipUseStyle(0)
    code.callTipSetForeHlt(bgr(theme.accent))
    for note, colour in ((ERROR_NOTE, theme.error), (WARNING_NOTE, theme.warning)):
        code.styleSetFore(note, bgr(colour))
        code.styleSetItalic(note, True)


def _use_elements(code: ScintillaEdit, theme: Theme) -> None:
    element = Scintilla.Element
    colours = {
        element.Caret: theme.text,
        element.CaretAdditional: theme.accent,
        element.CaretLineBack: theme.current_line,
        element.SelectionBack: theme.selection,
        element.SelectionAdditionalBack: theme.selection,
        element.SelectionInactiveBack: theme.selection,
        element.WhiteSpace: theme.muted,
        element.FoldLine: theme.border,
        element.List: theme.text,
        element.ListBack: theme.background,
        element.ListSelected: theme.text,
        element.ListSelectedBack: theme.selection,
    }
    for each, colour in colours.items():
        code.setElementColour(each, bgra(colour))


def _use_margins(code: ScintillaEdit, theme: Theme) -> None:
    code.setMargins(3)
    code.setMarginTypeN(LINE_NUMBERS, Scintilla.MarginType.Number)
    code.setMarginTypeN(SYMBOLS, Scintilla.MarginType.Symbol)
    code.setMarginTypeN(FOLDS, Scintilla.MarginType.Symbol)
    code.setMarginMaskN(SYMBOLS, 1 << RUNNING_SIGN | 1 << ERROR_SIGN | 1 << WARNING_SIGN | 1 << INFO_SIGN)
    code.setMarginMaskN(FOLDS, -0x2000000)  # SC_MASK_FOLDERS
    code.setMarginWidthN(SYMBOLS, _pixels(code, 0.9))
    code.setMarginSensitiveN(FOLDS, True)
    code.setMarginLeft(_pixels(code, 0.25))
    code.styleSetBack(Scintilla.StylesCommon.LineNumber, bgr(theme.surface))
    code.setMarginBackN(SYMBOLS, bgr(theme.surface))
    code.setFoldMarginColour(True, bgr(theme.surface))
    code.setFoldMarginHiColour(True, bgr(theme.surface))
    symbol = Scintilla.MarkerSymbol
    for marker, shape, colour in (
        (RUNNING_LINE, symbol.Background, theme.running_line),
        (RUNNING_SIGN, symbol.ShortArrow, theme.ok),
        (ERROR_SIGN, symbol.Circle, theme.error),
        (WARNING_SIGN, symbol.RoundRect, theme.warning),
        (INFO_SIGN, symbol.SmallRect, theme.muted),
    ):
        code.markerDefine(marker, shape)
        code.markerSetFore(marker, bgr(colour))
        code.markerSetBack(marker, bgr(colour))
    _use_fold_signs(code, theme)


def _use_fold_signs(code: ScintillaEdit, theme: Theme) -> None:
    outline, symbol = Scintilla.MarkerOutline, Scintilla.MarkerSymbol
    shapes = {
        outline.FolderOpen: symbol.ArrowDown,
        outline.Folder: symbol.Arrow,
        outline.FolderEnd: symbol.Arrow,
        outline.FolderOpenMid: symbol.ArrowDown,
        outline.FolderSub: symbol.Empty,
        outline.FolderTail: symbol.Empty,
        outline.FolderMidTail: symbol.Empty,
    }
    for marker, shape in shapes.items():
        code.markerDefine(marker, shape)
        code.markerSetFore(marker, bgr(theme.muted))
        code.markerSetBack(marker, bgr(theme.surface if shape is symbol.ArrowDown else theme.muted))
    code.setAutomaticFold(
        Scintilla.AutomaticFold.Show | Scintilla.AutomaticFold.Click | Scintilla.AutomaticFold.Change
    )


def _use_indicators(code: ScintillaEdit, theme: Theme) -> None:
    style = Scintilla.IndicatorStyle
    for indicator, shape, colour in (
        (ERROR, style.Squiggle, theme.error),
        (WARNING, style.Squiggle, theme.warning),
        (INFO, style.Dots, theme.muted),
        (FOUND, style.StraightBox, theme.accent),
    ):
        code.indicSetStyle(indicator, shape)
        code.indicSetFore(indicator, bgr(colour))
        code.indicSetStrokeWidth(indicator, 130)
    code.indicSetAlpha(FOUND, 50)
    code.indicSetOutlineAlpha(FOUND, 120)
    code.indicSetUnder(FOUND, True)


def _pixels(code: ScintillaEdit, lines: float) -> int:
    return max(4, round(code.textHeight(0) * lines))
