"""What differs between two texts, and what each line of it is."""

from benchwright.core.text_difference import kind_of_line, text_difference


def test_equal_texts_differ_in_nothing() -> None:
    assert text_difference("a\n", "a\n", "then", "now") == ""


def test_a_removed_comment_of_lua_is_no_title() -> None:
    before, after = "-- Turns it.\nreturn 1\n", "++ x\nreturn 1\n"
    lines = text_difference(before, after, "scan.lua  then", "scan.lua  now").split("\n")
    assert lines[3] == "--- Turns it."
    kinds = [kind_of_line(lines, at) for at in range(len(lines))]
    assert kinds == ["title", "title", "place", "removed", "added", "same"]
