"""Places in a text: columns count characters, and marks stay at their token through edits."""

from collections.abc import Iterator

import pytest

pytest.importorskip("pyside6_scintilla")

from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication

from benchwright.core.diagnostics import Diagnostic, Severity
from benchwright.gui.widgets import editor_highlighting as look
from benchwright.gui.widgets.code_editor import CodeEditor
from benchwright.gui.widgets.editor_markers import place_of, position_of
from benchwright.gui.widgets.text_spans import Span

TEXTS = st.text(st.sampled_from('ab_ \t"µ°é中😀\u0301(\n'), max_size=40)
EDITS = st.lists(
    st.tuples(
        st.booleans(), st.integers(0, 60), st.integers(1, 8), st.sampled_from(["x", "µ\n", "😀", "  "])
    ),
    max_size=6,
)


@pytest.fixture(scope="module")
def editor() -> Iterator[CodeEditor]:
    app = QApplication.instance() or QApplication([])
    made = CodeEditor("lua")
    yield made
    made.deleteLater()
    app.processEvents()


def lines_of(text: str) -> list[str]:
    return text.replace("\r\n", "\n").split("\n")


@given(TEXTS, st.sampled_from(["\n", "\r\n"]), st.data())
@settings(max_examples=150, deadline=None)
def test_columns_count_characters(editor: CodeEditor, text: str, end: str, data: st.DataObject) -> None:
    text = text.replace("\n", end)
    editor.set_text(text)
    lines = lines_of(text)
    line = data.draw(st.integers(1, len(lines)))
    column = data.draw(st.integers(1, len(lines[line - 1]) + 1))
    position = position_of(editor.code, line, column)
    before = end.join([*lines[: line - 1], lines[line - 1][: column - 1]])
    assert position == len(before.encode())
    assert place_of(editor.code, position) == (line, column)


@given(TEXTS, st.integers(-3, 50), st.integers(-3, 60))
@settings(max_examples=80, deadline=None)
def test_places_outside_are_moved_inside(editor: CodeEditor, text: str, line: int, column: int) -> None:
    editor.set_text(text)
    lines = lines_of(text)
    found_line, found_column = place_of(editor.code, position_of(editor.code, line, column))
    assert found_line == min(max(line, 1), len(lines))
    assert found_column == min(max(column, 1), len(lines[found_line - 1]) + 1)


@given(st.text(st.sampled_from("abc"), min_size=1, max_size=12), st.data())
def test_a_span_keeps_what_is_left_of_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    span = Span(start, data.draw(st.integers(start + 1, len(text))))
    inside = [span.start <= at < span.end for at in range(len(text))]
    position = data.draw(st.integers(0, len(text)))
    if data.draw(st.booleans()):
        length = data.draw(st.integers(1, 5))
        inside[position:position] = [span.start < position < span.end] * length
        moved = span.after_insertion(position, length)
    else:
        length = data.draw(st.integers(0, len(text) - position))
        del inside[position : position + length]
        moved = span.after_removal(position, length)
    assert [moved.start <= at < moved.end for at in range(len(inside))] == inside


def test_an_empty_span_stays_one() -> None:
    assert Span(0, 0).after_insertion(0, 5) == Span(5, 5)
    assert Span(3, 3).after_insertion(4, 5) == Span(3, 3)


@given(TEXTS, EDITS, st.data())
@settings(max_examples=80, deadline=None)
def test_squiggle_hover_and_jump_agree_after_edits(
    editor: CodeEditor, text: str, edits: list[tuple[bool, int, int, str]], data: st.DataObject
) -> None:
    editor.set_text(f"{text}token{text}")
    code = editor.code
    line, column = place_of(code, len(text.encode()))
    found = Diagnostic(
        severity=Severity.ERROR, message="m", line=line, column=column, end_column=column + 5, code="c"
    )
    editor.set_diagnostics([found])
    for inserts, at, length, new in edits:
        characters = editor.text()
        start = len(characters[:at].encode())
        if inserts:
            code.insertText(start, new)
        else:
            code.deleteRange(start, len(characters[at : at + length].encode()))
    size = code.length()
    squiggled = [at for at in range(size) if code.indicatorValueAt(look.ERROR, at)]
    hovered = [at for at in range(size) if editor.markers.messages_at(at)]
    assert squiggled == hovered
    if hovered:
        assert editor.markers.place_now(line, column) == place_of(code, hovered[0])
    for _ in edits:
        code.undo()
    assert editor.text() == f"{text}token{text}" or not edits
