"""The configuration: what a good file gives, and the exact sentence for each bad one."""

import os
import sys
from pathlib import Path

import pytest

from benchwright.core.errors import ConfigurationError
from benchwright.core.log_settings import LogLevel, SystemLog
from benchwright.core.rates import OnExcess, RateSettings
from benchwright.instruments.config import Config
from benchwright.instruments.config_values import InstrumentConfig, OnDeskLost

GOOD = """
[bench]
name = "Optics table 3"
on_desk_lost = "continue"
max_concurrent_runs = 12
controller = "board"

[instruments.esp300]
driver = "newport_esp300"
link = "serial:///dev/ttyUSB0?baudrate=19200"
timeout_s = 1.5
options = { axis = 1 }
limits = { position = [0.0, 180.0] }

[instruments.newport]
driver = "newport_1830c"
link = "visa://GPIB0::5::INSTR"
visa_library = "bench.yaml@sim"
min_interval_s = 0.05

[instruments.board]
driver = "controller_board"
link = "sim://board"
faults = { latency = 0.01 }

[limits]
max_execution_time_s = 60
[rate]
operations_per_s = 100
burst = 200
on_excess = "error"
[telemetry]
interval_s = 1
[log]
level = "debug"
system_log = "journald"
"""

ESP300 = '[instruments.esp300]\ndriver = "newport_esp300"\nlink = "tcp://localhost:5001"\n'
SCPI = '[instruments.x]\ndriver = "generic_scpi"\nlink = "tcp://localhost:5001"\n[instruments.x.options]\n'


def test_a_whole_file() -> None:
    config = Config.from_text(GOOD, "lab/bench.toml")
    assert config.name == "Optics table 3"
    assert config.on_desk_lost is OnDeskLost.CONTINUE
    assert config.controller == "board"
    assert config.max_concurrent_runs == 12
    assert list(config.instruments) == ["esp300", "newport", "board"]
    assert config.instruments["esp300"] == InstrumentConfig(
        name="esp300",
        driver="newport_esp300",
        link="serial:///dev/ttyUSB0?baudrate=19200",
        timeout_s=1.5,
        options={"axis": 1},
        limits={"position": (0.0, 180.0)},
    )
    assert config.instruments["newport"].visa_library == "bench.yaml@sim"
    assert config.instruments["newport"].min_interval_s == 0.05
    assert config.instruments["board"].faults == {"latency": 0.01}
    assert config.limits == {"max_execution_time_s": 60}
    assert config.rate == RateSettings(operations_per_s=100, burst=200, on_excess=OnExcess.ERROR)
    assert config.telemetry_interval_s == 1.0
    assert (config.log.level, config.log.system_log) == (LogLevel.DEBUG, SystemLog.JOURNALD)
    assert config.folder == Path("lab")
    assert config.source_text == GOOD
    assert len(config.sha256) == 64


def test_an_empty_file_is_a_bench_without_instruments() -> None:
    config = Config.from_text("", "lab/optics.toml")
    assert config == Config(name="optics", file="lab/optics.toml", sha256=config.sha256)


def test_the_built_in_bench() -> None:
    config = Config.demo()
    assert list(config.instruments) == ["esp300", "newport", "supply", "multimeter", "board"]
    assert config.controller == "board"
    assert config.file == ""


def test_describe_opens_nothing_and_knows_the_soft_limits() -> None:
    config = Config.from_text(ESP300 + "limits = { position = [0, 90] }\n")
    descriptor = config.describe()["esp300"]
    assert descriptor.driver == "newport_esp300"
    position = descriptor.method("move_absolute").parameters[0]
    assert (position.minimum, position.maximum) == (0.0, 90.0)


def test_a_file_names_itself_by_its_full_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bench.toml").write_text(ESP300)
    monkeypatch.chdir(tmp_path)
    config = Config.from_file("bench.toml")
    assert config.file == str(tmp_path / "bench.toml")
    assert config.name == "bench"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "[bench\n",
            "1: not valid TOML: Expected ']' at the end of a table declaration (column 7)",
        ),
        ("[epics]\nprefix = 'A B'", "2: epics.prefix: must be printable ASCII without spaces, found 'A B'"),
        (
            "[epics]\naddress = 'lab'",
            "2: epics.address: must be an IP address such as 127.0.0.1, found 'lab'",
        ),
        ("[epics]\nport = 70000", "2: epics.port: must be a number from 0 to 65535, found 70000"),
        ("[epics]\nwrites = 1", "2: epics.writes: must be true or false, found 1"),
        ("[bench]\nname = 3", "2: bench.name: must be a text in quotes, found 3 (integer)"),
        (
            "[bnech]",
            (
                "1: bnech: unknown key; did you mean bench? "
                "(there is: bench, epics, instruments, limits, log, rate, schedules, telemetry)"
            ),
        ),
        (
            "[bench]\non_desk_lost = 'stop'",
            "2: bench.on_desk_lost: unknown 'stop' (there is: continue, safe)",
        ),
        (
            "[bench]\nmax_concurrent_runs = 0",
            "2: bench.max_concurrent_runs: must be a number from 1 to 1000, found 0",
        ),
        (
            "[bench]\nmax_concurrent_runs = 1.5",
            "2: bench.max_concurrent_runs: must be a whole number from 1 to 1000, found 1.5",
        ),
        (
            "[bench]\ncontroller = 'bord'",
            "2: bench.controller: unknown 'bord' (there is: none)",
        ),
        (
            "[bench]\ncontroller = 'esp300'\n" + ESP300,
            (
                "2: bench.controller: esp300 is no controller board: "
                "its driver lacks get_status, set_digital_output, set_motor_speed"
            ),
        ),
        ("instruments = 3", "1: instruments: must be a table, found 3 (integer)"),
        ("[instruments]\nesp300 = 3", "2: instruments.esp300: must be a table, found 3 (integer)"),
        (
            "[instruments.'my motor']\ndriver = 'newport_esp300'",
            (
                "1: instruments.my motor: "
                "an instrument's name consists of letters, digits, _ and -, at most 64"
            ),
        ),
        ("[instruments.esp300]", "1: instruments.esp300: driver is missing"),
        (
            "[instruments.esp300]\ndriver = 'newport_esp300'",
            "1: instruments.esp300: link is missing",
        ),
        (
            ESP300 + "timeout = 3",
            (
                "4: instruments.esp300.timeout: unknown key; did you mean timeout_s? (there is: driver, "
                "faults, limits, link, min_interval_s, options, timeout_s, usb, visa_library)"
            ),
        ),
        (
            ESP300 + "timeout_s = 0",
            "4: instruments.esp300.timeout_s: must be a number from 0.001 to 3600, found 0",
        ),
        (
            ESP300 + "timeout_s = '2'",
            "4: instruments.esp300.timeout_s: must be a number, found '2' (text)",
        ),
        (
            ESP300 + "options = { axis = 7 }",
            "4: instruments.esp300.options.axis: must be a whole number from 1 to 6, found 7",
        ),
        (
            ESP300 + "limits = { position = [180, 0] }",
            "4: instruments.esp300.limits.position: must be [minimum, maximum], found [180, 0]",
        ),
        (
            ESP300 + "limits = { position = 180 }",
            "4: instruments.esp300.limits.position: must be [minimum, maximum], found 180",
        ),
        (
            ESP300 + "limits = { position = [nan, 1] }",
            "4: instruments.esp300.limits.position: must be [minimum, maximum], found [nan, 1]",
        ),
        (
            ESP300.replace("localhost:5001", "localhost"),
            (
                "3: instruments.esp300.link: 'tcp://localhost' needs a host and a port from 1 to 65535 "
                "(example: tcp://192.168.0.5:5025)"
            ),
        ),
        (
            ESP300 + "usb = '0403:6001'",
            "3: instruments.esp300.link: usb names a serial adapter, which tcp:// does not use",
        ),
        (
            ESP300.replace("tcp://localhost:5001", "sim://esp30"),
            (
                "3: instruments.esp300.link: no virtual instrument 'esp30'; did you mean esp300? "
                "(there is: board, esp300, multimeter, newport, supply)"
            ),
        ),
        (
            ESP300.replace("tcp://localhost:5001", "serial://COM3?baud=1"),
            (
                "3: instruments.esp300.link: unknown serial option 'baud'; did you mean baudrate? "
                "(there is: baudrate, bytesize, dsrdtr, parity, rtscts, stopbits, xonxoff)"
            ),
        ),
        (
            "[limits]\nmax_time = 3",
            (
                "2: limits.max_time: unknown limit (there is: max_array_size, max_execution_time_s, "
                "max_instructions, max_memory_mb, max_output_lines, max_record_rows, max_scratch_mb, "
                "max_string_length, max_variables)"
            ),
        ),
        (
            "[limits]\nmax_memory_mb = -1",
            "2: limits.max_memory_mb: must be a number above 0, found -1",
        ),
        ("[rate]\nburst = 0.1", "2: rate.burst: must be a number from 1 to 1e+09, found 0.1"),
        (
            "[rate]\non_excess = 'drop'",
            "2: rate.on_excess: unknown 'drop' (there is: error, wait)",
        ),
        (
            "[telemetry]\ninterval_s = 0",
            "2: telemetry.interval_s: must be a number from 0.02 to 86400, found 0",
        ),
        (
            ESP300.replace("tcp://localhost:5001", "sim://esp300") + "\nfaults = { garbage = 2 }",
            (
                '5: instruments.esp300.faults.garbage: must be a probability from 0 to 1 or "every:N", '
                "found '2'"
            ),
        ),
        (
            SCPI + "safe_state = []\n[[instruments.x.options.commands]]\nname = 'set'\ncommand = 'A'",
            "6: instruments.x.options.commands[0]: kind is missing",
        ),
        (
            SCPI + "safe_state = []\n[[instruments.x.options.commands]]\nname = 'set'\nkind = 'query'\n"
            "command = 'A {b}'",
            "6: instruments.x.options.commands[0]: the command and its parameters do not name the same: b",
        ),
        (
            SCPI + 'safe_state = ["A\\nB"]\ncommands = []',
            "5: instruments.x.options.safe_state: must be one line of ASCII text, found 'A\\nB'",
        ),
        (
            SCPI + "commands = []",
            (
                "4: instruments.x.options: safe_state is missing: a list of lines to send, "
                "empty where each state is safe"
            ),
        ),
        (
            "[log]\nlevel = 'loud'",
            "2: log.level: unknown 'loud' (there is: debug, error, info, warning)",
        ),
    ],
)
def test_bad_files(text: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Config.from_text(text)
    assert caught.value.message == f"bench.toml:{sentence}"


def test_an_unknown_driver() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Config.from_text(ESP300.replace("newport_esp300", "newport_esp30"))
    assert caught.value.message.startswith(
        "bench.toml:2: instruments.esp300.driver: unknown driver 'newport_esp30'; "
        "did you mean newport_esp300? (there is: "
    )


def test_an_unknown_option() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Config.from_text(ESP300 + "[instruments.esp300.options]\n\naxes = 1")
    assert caught.value.message.startswith(
        "bench.toml:6: instruments.esp300.options.axes: unknown key; did you mean axis? (there is: axis, "
    )


def test_an_unknown_soft_limit() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Config.from_text(ESP300 + "limits = { positon = [0, 1] }")
    assert caught.value.message.startswith(
        "bench.toml:4: instruments.esp300.limits.positon: newport_esp300 has no such soft limit; "
        "did you mean position? (there is: "
    )


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    missing = tmp_path / "none.toml"
    with pytest.raises(ConfigurationError) as caught:
        Config.from_file(missing)
    assert caught.value.message == f"{missing}: cannot read the configuration: No such file or directory"
    with pytest.raises(ConfigurationError) as caught:
        Config.from_file(tmp_path)
    assert caught.value.message == f"{tmp_path}: is no file"
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"# a line\n\xff\xfe")
    with pytest.raises(ConfigurationError) as caught:
        Config.from_file(binary)
    assert caught.value.message == f"{binary}:2: is not UTF-8 text"
    large = tmp_path / "large.toml"
    large.write_bytes(b"#" * 1_000_001)
    with pytest.raises(ConfigurationError) as caught:
        Config.from_file(large)
    assert caught.value.message == f"{large}: is larger than 1,000,000 bytes: this is no configuration"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "bench.toml"
    path.touch(mode=0)
    with pytest.raises(ConfigurationError, match="cannot read the configuration: Permission denied$"):
        Config.from_file(path)


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("named pipes are POSIX")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigurationError, match="is no file$"):  # and nobody waits for a writer
        Config.from_file(tmp_path / "pipe")
