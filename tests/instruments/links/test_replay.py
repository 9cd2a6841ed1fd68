"""The replay link: recorded exchanges in order, and a clear no to everything else."""

from pathlib import Path

import pytest

from benchwright.core.errors import ConfigurationError, InstrumentTimeout, LinkError
from benchwright.instruments.links.replay import ReplayLink

RECORDED = r"""
[[exchange]]
send = "1TP?"
reply = "45.000"

[[exchange]]
send = "1PA90"

[[exchange]]
send = "BIN?"
reply = "\u0000\u00ff"
"""


def open_link(text: str = RECORDED) -> ReplayLink:
    link = ReplayLink(text, "motor.toml", name="motor")
    link.open()
    return link


def test_the_recorded_exchange_is_replayed() -> None:
    link = open_link()
    link.write(b"1TP?\r\n")
    assert link.read(b"\r\n", 1.0) == b"45.000"
    link.write(b"1PA90\r\n")
    link.close()
    link.open()  # goes on where it was
    assert link.remaining == ["BIN?"]
    link.write(b"BIN?\r\n")
    assert link.read(b"\r\n", 1.0) == b"\x00\xff"
    assert link.remaining == []


def test_what_was_not_recorded_is_refused() -> None:
    link = open_link()
    with pytest.raises(LinkError) as caught:
        link.write(b"1TP\r\n")
    assert caught.value.message == r"motor: motor.toml: b'1TP' was sent where exchange 1 has b'1TP?'"


def test_a_reply_that_was_not_read_is_noticed() -> None:
    link = open_link()
    link.write(b"1TP?\n")
    with pytest.raises(
        LinkError, match=r"motor\.toml: b'1PA90' was sent while the reply b'45\.000' was not read"
    ):
        link.write(b"1PA90\n")
    link.discard_input()
    link.write(b"1PA90\n")


def test_after_the_last_exchange() -> None:
    link = open_link("")
    with pytest.raises(LinkError, match=r"motor\.toml: b'X' was sent after the last exchange"):
        link.write(b"X\n")


def test_an_answer_that_was_not_recorded() -> None:
    link = open_link('[[exchange]]\nsend = "1PA90"')
    link.write(b"1PA90\n")
    with pytest.raises(
        InstrumentTimeout, match=r"^motor: no answer recorded after exchange 1 of motor\.toml$"
    ):
        link.read(b"\n", 1.0)


def test_closed() -> None:
    with pytest.raises(LinkError, match=r"^motor: replay://motor\.toml is not open$"):
        ReplayLink(RECORDED, "motor.toml", name="motor").write(b"1TP?\n")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[exchange]]\nreply = 'x'", "motor.toml:1: exchange[0]: send is missing"),
        (
            "[[exchange]]\nsend = 3",
            "motor.toml:2: exchange[0].send: must be a text in quotes, found 3 (integer)",
        ),
        (
            "[[exchange]]\nsend = 'µ€'",
            r"motor.toml:2: exchange[0].send: must consist of characters up to \u00ff, each a byte",
        ),
        (
            "[[exchange]]\nsend = 'a'\nanswer = 'b'",
            "motor.toml:3: exchange[0].answer: unknown key (there is: reply, send)",
        ),
        (
            "[[exchanges]]",
            "motor.toml:1: exchanges: unknown key; did you mean exchange? (there is: exchange)",
        ),
    ],
)
def test_files_that_are_no_recording(text: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        ReplayLink(text, "motor.toml")
    assert caught.value.message == sentence


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"none\.toml: cannot read the recorded exchange: No such file"
    ):
        ReplayLink.from_file(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b"send = '\xff'")
    with pytest.raises(ConfigurationError, match=r"cannot read the recorded exchange: it is not UTF-8 text$"):
        ReplayLink.from_file(tmp_path / "latin.toml")
