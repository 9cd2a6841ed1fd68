"""Adding an instrument to a configuration: nothing else changes, and nothing that is not valid comes out."""

import tomllib
from typing import Any

import pytest

from benchwright.core.errors import ConfigurationError
from benchwright.instruments.config import Config
from benchwright.instruments.config_values import InstrumentConfig
from benchwright.instruments.config_writer import new_config_text, with_instrument

TEXT = """# Table 3
[bench]
name = "Optics table 3"   # on the door

[instruments.esp300]
driver = "newport_esp300"
link = "sim://esp300"
limits = { position = [
  0.0,   # the stop
  180.0,
] }

# what scripts may do
[limits]
max_memory_mb = 60  # as measured
"""
METER = InstrumentConfig(
    name="meter",
    driver="newport_1830c",
    link="sim://newport",
    timeout_s=5.0,
    limits={"wavelength": (400.0, 700.0)},
)


def added(text: str, **changes: Any) -> str:
    values = {name: getattr(METER, name) for name in METER.__struct_fields__} | changes
    return with_instrument(text, "bench.toml", InstrumentConfig(**values))


def test_instrument_comes_after_the_others_and_comments_stay() -> None:
    text = added(TEXT)
    head, tail = TEXT.split("\n# what scripts may do")
    block = (
        '\n[instruments.meter]\ndriver = "newport_1830c"\nlink = "sim://newport"\ntimeout_s = 5.0\n'
        "limits = {wavelength = [400.0, 700.0]}\n"
    )
    assert text == f"{head}{block}\n# what scripts may do{tail}"
    config = Config.from_text(text)
    assert config.instruments["meter"] == METER
    assert config.limits == {"max_memory_mb": 60}


def test_what_is_as_by_default_is_not_written() -> None:
    text = added("", timeout_s=2.0, limits={})
    assert text.strip() == '[instruments.meter]\ndriver = "newport_1830c"\nlink = "sim://newport"'


def test_options_are_written_in_one_line() -> None:
    text = added(
        TEXT,
        name="x",
        driver="newport_esp300",
        link="sim://esp300",
        limits={},
        options={"axis": 2, "unit": "mm"},
    )
    assert 'options = {axis = 2, unit = "mm"}' in text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "[telemetry]\ninterval_s = 1.0",
        '[instruments]\nesp300 = { driver = "newport_esp300", link = "sim://esp300" }\n[rate]\nburst = 5\n',
        'instruments = { esp300 = { driver = "newport_esp300", link = "sim://esp300" } }\n',
        'instruments.esp300.driver = "newport_esp300"\ninstruments.esp300.link = "sim://esp300"\n',
        (
            '[instruments."esp300"]\ndriver = "newport_esp300"\nlink = "sim://esp300"\n'
            "[instruments.esp300.options]\naxis = 2"
        ),
        '[instruments.esp300]\ndriver = "newport_esp300"\nlink = "sim://esp300"\n\n# the end',
        (
            '[rate]\nburst = 5\n[instruments.a]\ndriver = "newport_1830c"\nlink = "sim://newport"\n'
            '[bench]\nname = "b"\n[instruments.b]\ndriver = "newport_1830c"\nlink = "sim://newport"\n'
        ),
    ],
)
def test_however_it_is_written_only_the_instrument_is_new(text: str) -> None:
    result = tomllib.loads(added(text))
    assert result["instruments"].pop("meter")["driver"] == "newport_1830c"
    before = tomllib.loads(text)
    assert result == {"instruments": {}, **before}


def test_line_ends_and_byte_order_mark_stay() -> None:
    dos = "\ufeff" + TEXT.replace("\n", "\r\n")
    text = added(dos)
    assert text.startswith("\ufeff# Table 3\r\n")
    assert "\n" not in text.replace("\r\n", "")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"name": "esp300"},
            r"bench.toml:5: instruments.esp300: there is an instrument of that name already",
        ),
        ({"name": "my meter"}, "letters, digits, _ and -"),
        ({"name": ""}, "letters, digits, _ and -"),
        (
            {"driver": "newport_1830"},
            r"instruments.meter.driver: unknown driver .* did you mean newport_1830c",
        ),
        ({"link": "sreial:///dev/ttyUSB0"}, r"instruments.meter.link: .* is no link; did you mean serial"),
        ({"timeout_s": -1.0}, r"instruments.meter.timeout_s: must be a number from 0.001 to 3600, found -1"),
        ({"limits": {"wavelenth": (0.0, 1.0)}}, "did you mean wavelength"),
        ({"limits": {"wavelength": (5.0, 1.0)}}, r"must be \[minimum, maximum\]"),
        ({"options": {"axis": 1}}, "unknown key"),
        ({"driver": "generic_scpi", "link": "tcp://h:1", "limits": {}}, "safe_state is missing"),
    ],
)
def test_what_would_not_be_valid_is_refused_by_file_line_and_key(
    changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        added(TEXT, **changes)


def test_broken_file_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="bench.toml:1"):
        added("[bench\n")


@pytest.mark.parametrize("keeps_demo", [True, False])
def test_new_file_is_valid_with_and_without_the_demo_instruments(keeps_demo: bool) -> None:
    text = added(new_config_text(keeps_demo=keeps_demo))
    names = list(Config.from_text(text).instruments)
    assert names == ([*Config.demo().instruments] if keeps_demo else []) + ["meter"]
    assert Config.from_text(new_config_text(keeps_demo=False)).instruments == {}
