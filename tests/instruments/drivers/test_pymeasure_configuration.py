"""What a configuration says of classes of PyMeasure, and what their docstrings say."""

import subprocess
import sys

import pytest

from benchwright.core.errors import ConfigurationError
from benchwright.instruments.config import Config
from benchwright.instruments.drivers.pymeasure import docstrings
from tests.instruments.drivers.strange_box import STRANGE, strange


def configured(driver: str, options: str = "safe_state = []", more: str = "") -> Config:
    return Config.from_text(
        f'[instruments.it]\ndriver = "{driver}"\nlink = "tcp://127.0.0.1:5"\n{more}[instruments.it.options]\n{options}\n'
    )


@pytest.mark.parametrize(
    ("driver", "options", "words"),
    [
        (
            "pymeasure",
            "safe_state = []",
            'which class of PyMeasure.*such as in driver = "pymeasure:newport.ESP300"',
        ),
        ("pymeasure:ESP300", "safe_state = []", "'ESP300' names no class"),
        ("pymeasure:newprot.ESP300", "safe_state = []", "no maker 'newprot'; did you mean newport"),
        ("pymeasure:newport.ESP301", "safe_state = []", "newport has no class 'ESP301'; did you mean ESP300"),
        (
            "pymeasure:newport.esp30.ESP300",
            "safe_state = []",
            "newport has no module 'esp30'; did you mean esp300",
        ),
        (
            f"pymeasure:{STRANGE.replace('Strange', 'Plain')}",
            "safe_state = []",
            "Plain is no instrument of PyMeasure",
        ),
        ("pymeasure:no-such.Thing", "safe_state = []", "'no-such.Thing' names no class"),
        ("newport_esp300:ESP301", "axis = 1", "this driver is for one model"),
        ("pymeasure:newport.ESP300", "", r'safe_state is missing.*such as safe_state = \["shutdown"\]'),
        (
            "pymeasure:keithley.Keithley2400",
            "",
            r'such as safe_state = \[\["source_enabled", false\], "shutdown"\]',
        ),
        (
            "pymeasure:newport.ESP300",
            'safe_state = ["x_dissable"]',
            "nothing 'x_dissable' to set or call; did you",
        ),
        ("pymeasure:newport.ESP300", 'safe_state = [["x_position"]]', "x_position: x_position is missing"),
        ("pymeasure:newport.ESP300", "safe_state = [3]", r'must be \["property", value\]'),
        (
            "pymeasure:newport.ESP300",
            'safe_state = [["x_enabled", false]]',
            "nothing 'x_enabled' to set or call",
        ),
        (
            "pymeasure:newport.ESP300",
            "safe_state = []\nsafe_state_check = { x_on = false }",
            "nothing 'x_on' to read",
        ),
        (
            "pymeasure:newport.ESP300",
            'safe_state = []\ntelemetry = ["x_postion"]',
            "telemetry 'x_postion' is no property that gives a number; did you mean x_position",
        ),
        (
            f"pymeasure:{STRANGE}",
            "safe_state = []\narguments = { gian = 2 }",
            "no argument 'gian'; did you mean gain",
        ),
        (f"pymeasure:{STRANGE}", "safe_state = []\narguments = { gain = 200 }", "gain must be at most 100"),
    ],
)
def test_a_mistake_in_the_configuration_is_one_sentence_with_its_place(
    driver: str, options: str, words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words) as caught:
        configured(driver, options)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("bench.toml:")


def test_arguments_and_soft_limits() -> None:
    config = configured(
        f"pymeasure:{STRANGE}",
        "safe_state = []\narguments = { gain = 2.5 }",
        "limits = { first_level = [0.0, 1.5] }\n",
    )
    assert config.describe()["it"].method("set_first_level").parameters[0].maximum == 1.5
    with strange(options={"arguments": {"gain": 2.5}}) as (it, server):
        it.get_first_level()
        assert server.received[0] == b"GAIN 2.5"


def test_without_pymeasure_it_says_what_to_type() -> None:
    code = (
        "import sys; sys.modules['pymeasure'] = None\n"
        "from benchwright.instruments.config import Config\n"
        "from benchwright.core.errors import ConfigurationError\n"
        "assert Config.demo().describe()\n"
        'try: Config.from_text(\'[instruments.a]\\ndriver = "pymeasure:newport.ESP300"\\nlink = "tcp://a:1"\')\n'
        "except ConfigurationError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == (
        "bench.toml:2: instruments.a.driver: PyMeasure is not installed; "
        f"type: {sys.executable} -m pip install 'benchwright[pymeasure]'\n"
    )


# --- what is read from docstrings ---


@pytest.mark.parametrize(
    ("doc", "unit", "type_", "line"),
    [
        ("Control the voltage in Volts (float, strictly from 0 to 5).", "V", "float", None),
        (
            "A floating point property that controls the phase in degrees. Can be set.",
            "deg",
            "float",
            "Set the phase in degrees.",
        ),
        (" Returns a boolean that is True if the motion is finished.\n ", "", "boolean", None),
        ("Measure the :attr:`~.power` (dBm).", "dBm", "", "Set the power (dBm)."),
        ("Get the temperature in degrees Celsius", "degC", "", "Set the temperature in degrees Celsius."),
        ("Control the units (string, strict from VPP, VRMS).", "", "text", None),
        ("Control the number of points in the buffer (int).", "", "integer", None),
        (
            "Control whether the output is on (bool).",
            "",
            "boolean",
            "Control whether the output is on (bool).",
        ),
        (None, "", "", "otherwise"),
    ],
)
def test_docstrings(doc: str | None, unit: str, type_: str, line: str | None) -> None:
    assert (docstrings.unit(doc), docstrings.type_of(doc)) == (unit, type_)
    if line:
        assert docstrings.help_line(doc, "Set", "otherwise") == line
