"""What a configuration says of process variables."""

import subprocess
import sys

import pytest

from benchwright.core.errors import ConfigurationError
from benchwright.core.permissions import Permission
from benchwright.instruments.config import Config

TEMPERATURE = '{ name = "temperature", pv = "CRYO:TEMP", kind = "read", unit = "K" }'
HEATER = '{ name = "heater", pv = "CRYO:HEATER", kind = "write", type = "boolean", provider = "ca" }'


def configured(
    pvs: str = f"{TEMPERATURE}, {HEATER}", more: str = "safe_state = []", link: str = "epics://"
) -> Config:
    return Config.from_text(
        f'[instruments.cryo]\ndriver = "epics"\nlink = "{link}"\n'
        f"[instruments.cryo.options]\n{more}\npvs = [{pvs}]\n"
    )


def variable(**changes: str) -> str:
    fields = {"name": '"sp"', "pv": '"CRYO:SP"', "kind": '"write"', **changes}
    return "{ " + ", ".join(f"{key} = {value}" for key, value in fields.items() if value) + " }"


def test_what_is_declared_is_described() -> None:
    described = configured(
        f"{TEMPERATURE}, {HEATER}, " + variable(minimum="0", help='"Set the target."', telemetry="true")
    ).describe()["cryo"]
    names = ["identify", "get_temperature", "get_heater", "set_heater", "get_sp", "set_sp"]
    assert [method.name for method in described.methods] == names
    assert [m.name for m in described.methods if m.telemetry] == ["get_temperature", "get_sp"]
    assert described.method("set_heater").permission is Permission.DEVICE_CONTROL
    assert described.method("get_temperature").unit == "K"
    assert (described.method("set_sp").help, described.method("get_sp").help) == (
        "Set the target.",
        "Get CRYO:SP.",
    )


@pytest.mark.parametrize(
    ("pvs", "more", "words"),
    [
        (
            TEMPERATURE,
            "",
            r'safe_state is missing: names and values.*such as safe_state = \[\["heater", false\]\]',
        ),
        ("", "safe_state = []", "must be a list of tables"),
        (
            TEMPERATURE,
            'safe_state = [["temperature", 4]]',
            "no process variable 'temperature' is declared to be written",
        ),
        (HEATER, 'safe_state = [["heeter", false]]', "written; did you mean heater"),
        (HEATER, 'safe_state = [["heater", 5]]', "heater must be true or false, found 5"),
        (HEATER, 'safe_state = ["heater"]', r'must be \["name", value\], found heater'),
        (HEATER, 'safe_state = []\nstop = [["heater"]]', r'must be \["name", value\]'),
        (variable(name=""), "safe_state = []", "name is missing"),
        (variable(pvv='"x"'), "safe_state = []", "unknown key pvv"),
        (variable(kind='"both"'), "safe_state = []", "Invalid enum value 'both'"),
        (variable(provider='"tango"'), "safe_state = []", "provider must be pva or ca, found 'tango'"),
        (variable(pv='"A B"'), "safe_state = []", "'A B' is no name of a process variable"),
        (variable(name='"Set Point"'), "safe_state = []", "name must be small letters"),
        (f"{HEATER}, {HEATER}", "safe_state = []", "the name heater is taken"),
        (variable(type='"text"', telemetry="true"), "safe_state = []", "telemetry needs a number"),
        (variable(type='"text"', minimum="1"), "safe_state = []", "minimum and maximum are for numbers"),
        (
            variable(kind='"read"', wait="true"),
            "safe_state = []",
            "readback, wait and choices are for what is written",
        ),
    ],
)
def test_a_mistake_is_one_sentence_with_its_place(pvs: str, more: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as caught:
        configured(pvs, more)
    assert str(caught.value).startswith("bench.toml:")
    assert "\n" not in str(caught.value)


def test_the_link_takes_nothing_more() -> None:
    with pytest.raises(ConfigurationError, match="takes nothing behind it; EPICS_PVA_ADDR_LIST"):
        configured(link="epics://10.0.0.1")


@pytest.mark.parametrize(("module", "pvs"), [("p4p", TEMPERATURE), ("aioca", HEATER)])
def test_without_the_extra_it_says_what_to_type(module: str, pvs: str) -> None:
    text = (
        '[instruments.a]\ndriver = "epics"\nlink = "epics://"\n'
        f"[instruments.a.options]\nsafe_state = []\npvs = [{pvs}]"
    )
    code = (
        f"import sys; sys.modules[{module!r}] = None\n"
        "from benchwright.instruments.config import Config\n"
        "from benchwright.core.errors import ConfigurationError\n"
        "assert Config.demo().describe()\n"
        f"try: Config.from_text({text!r})\n"
        "except ConfigurationError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("bench.toml:1: instruments.a: ")
    assert done.stdout.endswith(
        f"EPICS ({module}) is not installed; type: {sys.executable} -m pip install 'benchwright[epics]'\n"
    )
