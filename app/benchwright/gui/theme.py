"""The colours of the window by role, light and dark, and how they reach the application."""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from benchwright.core.resource_paths import resource_path


@dataclass(frozen=True, kw_only=True)
class SyntaxColours:
    """Colours of the words of a script."""

    keyword: str
    string: str
    number: str
    comment: str
    function: str
    operator: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Theme:
    """Colours by role, as ``#rrggbb``; red is for errors and for stopping alone."""

    name: str
    is_dark: bool
    background: str  # of the window
    surface: str  # of what is written or read on: editor, tables, plots
    field: str  # what is typed into or ticked
    border: str
    text: str
    muted: str  # text that stands back
    accent: str
    on_accent: str
    error: str
    error_surface: str  # behind a line that tells of an error
    warning: str
    warning_surface: str
    ok: str
    stop: str  # the emergency stop
    on_stop: str
    selection: str
    current_line: str
    running_line: str
    curves: tuple[str, ...]
    syntax: SyntaxColours


LIGHT: Final = Theme(
    name="light",
    is_dark=False,
    background="#f3f4f6",
    surface="#ffffff",
    field="#ffffff",
    border="#d3d7de",
    text="#1d232c",
    muted="#5f6977",
    accent="#1a66c2",
    on_accent="#ffffff",
    error="#c01c28",
    error_surface="#fdecec",
    warning="#8f5a00",
    warning_surface="#fff5dc",
    ok="#1f7a3d",
    stop="#c8101e",
    on_stop="#ffffff",
    selection="#cfe2fb",
    current_line="#f4f7fb",
    running_line="#e2f0e4",
    curves=("#1a66c2", "#c2561a", "#1f7a3d", "#7a3fb0", "#0f7f86", "#a8336e", "#6f6a1c", "#4a5563"),
    syntax=SyntaxColours(
        keyword="#8a2f9e",
        string="#1f7a3d",
        number="#a8480f",
        comment="#6b7482",
        function="#1a5fb0",
        operator="#465060",
        name="#1d232c",
    ),
)

DARK: Final = Theme(
    name="dark",
    is_dark=True,
    background="#1f2329",
    surface="#171a1f",
    field="#2f3540",
    border="#363c46",
    text="#dfe3e9",
    muted="#98a2b0",
    accent="#6cb0ff",
    on_accent="#0b1a2b",
    error="#ff7b7b",
    error_surface="#3c2024",
    warning="#e9b95a",
    warning_surface="#37301d",
    ok="#6fcf8b",
    stop="#d3202d",
    on_stop="#ffffff",
    selection="#27476e",
    current_line="#1e232a",
    running_line="#21402d",
    curves=("#6cb0ff", "#ff9e64", "#6fcf8b", "#c49bff", "#4fd0d6", "#f08bbd", "#d8cf6a", "#a9b4c2"),
    syntax=SyntaxColours(
        keyword="#d39bea",
        string="#8fd39f",
        number="#f0a878",
        comment="#8791a0",
        function="#86bcff",
        operator="#b4bdca",
        name="#dfe3e9",
    ),
)

THEMES: Final = {theme.name: theme for theme in (LIGHT, DARK)}


class ThemeWatcher(QObject):
    """Tells when another theme was applied, for what Qt's palette does not reach (Scintilla, plots)."""

    changed = Signal(object)  # Theme


watcher: Final = ThemeWatcher()
_current = LIGHT


def current() -> Theme:
    """Return the theme that was applied last."""
    return _current


def preferred(app: QApplication, name: str = "") -> Theme:
    """Return the theme of that name; without one, what the desktop asks for."""
    if name in THEMES:
        return THEMES[name]
    return DARK if app.styleHints().colorScheme() is Qt.ColorScheme.Dark else LIGHT


def apply(app: QApplication, theme: Theme) -> None:
    """Give the whole application these colours."""
    global _current
    _current = theme
    if app.style().objectName() != "fusion":
        app.setStyle("Fusion")
    app.setPalette(_palette(theme))
    for palette, kinds in (
        (_label_palette(theme), ("QLabel",)),
        (_field_palette(theme), ("QLineEdit", "QAbstractSpinBox", "QCheckBox")),
    ):
        for kind in kinds:
            app.setPalette(palette, kind)  # type: ignore[arg-type]  # declared as bytes, which it refuses
    app.setStyleSheet(_style_sheet(theme))
    watcher.changed.emit(theme)


def fixed_font(family: str = "", size_pt: int = 0) -> QFont:
    """Return the font of scripts, the console and columns of numbers, by default the system's."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    if family:
        font.setFamilies([family, *font.families()])
    if size_pt:
        font.setPointSize(size_pt)
    return font


def _palette(theme: Theme) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    colours = {
        role.Window: theme.background,
        role.WindowText: theme.text,
        role.Base: theme.surface,
        role.AlternateBase: theme.current_line,
        role.Text: theme.text,
        role.Button: theme.background,
        role.ButtonText: theme.text,
        role.ToolTipBase: theme.surface,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.muted,
        role.Highlight: theme.selection,
        role.HighlightedText: theme.text,
        role.Link: theme.accent,
        role.Accent: theme.accent,
    }
    for each, colour in colours.items():
        palette.setColor(each, QColor(colour))
    faint = QColor(theme.muted)
    faint.setAlphaF(0.7)
    for each in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, each, faint)
    return palette


def _label_palette(theme: Theme) -> QPalette:
    """A label that stands back is to be read: only what cannot be pressed or typed into may be faint."""
    palette = _palette(theme)
    palette.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText, QColor(theme.muted))
    return palette


def _field_palette(theme: Theme) -> QPalette:
    """What is typed into or ticked stands out from the window; the style draws its frame darker still."""
    palette = _palette(theme)
    palette.setColor(QPalette.ColorRole.Base, QColor(theme.field))
    return palette


def _style_sheet(theme: Theme) -> str:
    close_icon = resource_path("icons", f"close-{theme.name}.svg").as_posix()
    return f"""
    QToolTip {{ color: {theme.text}; background: {theme.surface}; border: 1px solid {theme.border};
        padding: 3px; }}
    QMainWindow::separator {{ background: {theme.border}; width: 1px; height: 1px; }}
    QMainWindow::separator:hover {{ background: {theme.accent}; }}
    QWidget#tools, QWidget[strip="true"] {{ border-bottom: 1px solid {theme.border}; }}
    QToolBar {{ background: transparent; border: 0; padding: 4px 6px; spacing: 4px; }}
    QToolBar QToolButton, QWidget#parameters\\.form QToolButton {{ padding: 5px 9px;
        border: 1px solid transparent; border-radius: 4px; background: transparent; }}
    QWidget#parameters\\.form QToolButton {{ padding: 3px 6px; }}
    QToolBar QToolButton:hover:enabled, QWidget#parameters\\.form QToolButton:hover:enabled {{
        background: {theme.surface}; border-color: {theme.border}; }}
    QToolBar QToolButton:pressed {{ background: {theme.selection}; }}
    QToolBar QToolButton:focus, QWidget#parameters\\.form QToolButton:focus {{
        border-color: {theme.accent}; }}
    QToolBar::separator {{ background: {theme.border}; width: 1px; margin: 4px 6px; }}
    QStatusBar {{ border-top: 1px solid {theme.border}; }}
    QStatusBar::item {{ border: 0; }}
    QTabWidget::pane {{ border: 0; }}
    QTabBar {{ background: {theme.background}; qproperty-drawBase: 0; }}
    QTabBar::close-button {{ image: url("{close_icon}"); subcontrol-position: right; }}
    QTabBar::close-button:hover {{ background: {theme.border}; border-radius: 3px; }}
    QTabBar::tab {{ background: {theme.background}; color: {theme.muted}; padding: 5px 12px;
        border: 0; border-bottom: 2px solid transparent; }}
    QTabBar::tab:hover {{ color: {theme.text}; }}
    QTabBar::tab:selected {{ color: {theme.text}; background: {theme.surface};
        border-bottom: 2px solid {theme.accent}; }}
    QTabBar::tab:focus {{ color: {theme.accent}; }}
    QTabBar::tear {{ width: 0; border: 0; }}
    QTabBar QToolButton {{ background: {theme.background}; border: 0; }}
    QTabBar QToolButton:hover {{ background: {theme.border}; }}
    QDockWidget {{ color: {theme.muted}; }}
    QDockWidget::title {{ background: {theme.background}; padding: 5px 8px; }}
    QTableView, QTreeView, QPlainTextEdit {{ border: 0; }}
    QHeaderView::section {{ background: {theme.surface}; color: {theme.muted}; border: 0;
        border-bottom: 1px solid {theme.border}; padding: 4px 8px; }}
    QFrame[banner] {{ border-bottom: 1px solid {theme.border}; }}
    QFrame[banner="notice"] {{ background: {theme.warning_surface}; }}
    QFrame[banner="tour"] {{ background: {theme.selection}; }}
    QFrame#palette QTreeView::item, QTreeView#help\\.contents::item, QDialog#help\\.keys QTreeView::item,
    QListWidget::item {{ padding: 3px 4px; }}
    QFrame#palette {{ background: {theme.background}; border: 1px solid {theme.border}; border-radius: 6px; }}
    QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
    QFrame[banner="error"] {{ background: {theme.error_surface}; }}
    """
