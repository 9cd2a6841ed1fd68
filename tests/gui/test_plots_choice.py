"""What the plots draw over what, and in which units they say it."""

from benchwright.core.metadata import PlotDeclaration, ScriptMetadata
from benchwright.core.script_parameters import ScriptParameter
from benchwright.gui.panels.plots.choice import (
    TIME,
    PaneChoice,
    as_map,
    curves_of,
    first_choice,
    joined,
    over,
    split,
    toggled,
)
from benchwright.gui.panels.plots.readings import SteadyReadings, axis_title, known_units, reading


def test_second_column_is_drawn_over_the_first_one() -> None:
    assert first_choice((), ["angle", "power", "more"]) == [PaneChoice("angle", ("power",))]


def test_single_column_is_drawn_over_time() -> None:
    assert first_choice((), ["power"]) == [PaneChoice(TIME, ("power",))]


def test_declared_plots_come_first() -> None:
    plots = (PlotDeclaration(x="a", y=("b", "c"), title="T"), PlotDeclaration(y=("d",), z="e"))
    assert first_choice(plots, ["a", "b"]) == [
        PaneChoice("a", ("b", "c"), "T"),
        PaneChoice(TIME, ("d",), z="e"),
    ]


def test_curves_are_put_in_and_taken_out() -> None:
    panes = toggled([PaneChoice("x", ("a",))], "b", own_pane=False)
    assert panes == [PaneChoice("x", ("a", "b"))]
    assert toggled(panes, "a", own_pane=False) == [PaneChoice("x", ("b",))]
    assert toggled(panes, "c", own_pane=True) == [*panes, PaneChoice("x", ("c",))]
    assert toggled([PaneChoice("x", ("a",))], "a", own_pane=False) == []


def test_title_of_a_script_goes_with_what_it_named() -> None:
    declared = [PaneChoice("x", ("a",), "Power")]
    assert toggled(declared, "b", own_pane=False)[0].heading == "a, b vs x"
    assert over(declared, "y")[0].heading == "a vs y"
    assert over(declared, "x")[0].heading == "Power"


def test_panes_are_split_and_joined() -> None:
    panes = [PaneChoice("x", ("a", "b"))]
    assert split(panes) == [PaneChoice("x", ("a",)), PaneChoice("x", ("b",))]
    assert joined(split(panes)) == panes


def test_map_and_curves_are_exchanged() -> None:
    assert as_map("x", "y", "z")[0].heading == "z over x and y"
    assert curves_of(as_map("x", "y", "z")) == [PaneChoice("x", ("z",))]


def test_units_are_what_the_script_says() -> None:
    metadata = ScriptMetadata(
        parameters={"position": ScriptParameter(name="position", unit="mm")},
        plots=(PlotDeclaration(x="position", y=("power",), units={"power": "mW"}),),
    )
    units = known_units(metadata, ["position", "power", "current (A)", "voltage [V]", "resistance"])
    assert units == {"position": "mm", "power": "mW", "current (A)": "A", "voltage [V]": "V", TIME: "s"}


def test_unit_is_not_said_twice() -> None:
    assert axis_title("current (A)", "A") == "current (A)"
    assert axis_title("angle", "deg") == "angle (deg)"


def test_readings_have_prefixes_only_where_they_may() -> None:
    assert reading(0.0012, "W") == "1.2 mW"
    assert reading(0.000999996, "W") == "1 mW"
    assert reading(-4.5e-7, "A") == "−450 nA"
    assert reading(0.0012, "deg") == "0.0012 deg"
    assert reading(90) == "90"
    assert reading(0.0, "V") == "0 V"
    assert reading(float("nan"), "V") == "–"


def test_readings_keep_their_width() -> None:
    steady = SteadyReadings()
    assert steady("p", 10.25) == "10.25"
    assert len(steady("p", 1)) == 5
