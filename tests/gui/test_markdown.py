"""Markdown as the window shows it."""

from benchwright.gui.widgets.markdown import anchor_of, sections, to_html

PAGE = """# Title

Words.

## A `part`: one

```python
# no heading
```

### Below it
"""


def test_sections_have_the_text_below_their_heading() -> None:
    found = list(sections(PAGE))
    assert [(each.level, each.title) for each in found] == [(1, "Title"), (2, "A part: one"), (3, "Below it")]
    assert "no heading" in found[1].text


def test_a_link_finds_its_heading() -> None:
    assert f'<a name="{anchor_of("A `part`: one")}">' in to_html(PAGE)
    assert anchor_of("A `part`: one") == "a-part-one"


def test_examples_stand_on_a_ground_of_their_own_and_are_taken_as_they_are() -> None:
    html = to_html("```lua\nif a < b then end\n```\n")
    assert '<table class="code"' in html
    assert "if a &lt; b then end</pre>" in html


def test_a_table_without_headings_has_no_row_for_them() -> None:
    assert "<thead>" not in to_html("| | |\n|---|---|\n| a | b |\n")
    assert "<thead>" in to_html("| x | y |\n|---|---|\n| a | b |\n")
