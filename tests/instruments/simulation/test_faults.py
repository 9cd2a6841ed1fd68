from random import Random

import pytest

from benchwright.core.errors import ConfigurationError
from benchwright.instruments.simulation import FAULT_KINDS, Faults, Rate
from benchwright.instruments.simulation.faults import FaultInjector

REPLY = b"12.345\r\n"


def injector(text: str, seed: int = 1) -> FaultInjector:
    found = FaultInjector(Random(seed))
    found.faults = Faults.parse(text)
    return found


def test_there_is_one_of_each_kind() -> None:
    assert FAULT_KINDS == ("latency", "garbage", "partial", "silence", "disconnect")


def test_text_and_mapping_say_the_same() -> None:
    text = Faults.parse("latency=0.1@0.5, garbage=0.05,silence=every:20")
    assert text == Faults.from_mapping({"latency": "0.1@0.5", "garbage": 0.05, "silence": "every:20"})
    assert text.latency_s == 0.1
    assert (text.latency, text.garbage, text.silence) == (Rate(0.5), Rate(0.05), Rate(every=20))
    assert Faults.parse("latency=0.25").latency == Rate(1.0)
    assert Faults.parse("") == Faults()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("garbge=0.1", "did you mean garbage"),
        ("garbage=2", "probability from 0 to 1"),
        ("garbage=-0.1", "probability from 0 to 1"),
        ("garbage=nan", "probability from 0 to 1"),
        ("garbage", "probability from 0 to 1"),
        ("silence=every:0", "every:N"),
        ("silence=each:3", "every:N"),
        ("latency=fast", "seconds from 0 to 3600"),
        ("latency=-1", "seconds from 0 to 3600"),
        ("latency=1@3", "probability from 0 to 1"),
    ],
)
def test_bad_faults_are_named(text: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        Faults.parse(text)


def test_without_faults_a_reply_passes_at_once() -> None:
    assert injector("").deliver(REPLY).data == REPLY
    assert injector("").deliver(REPLY).delay_s == 0


def test_every_nth_reply_goes_wrong() -> None:
    silent = injector("silence=every:3")
    assert [bool(silent.deliver(REPLY).data) for _ in range(6)] == [True, True, False, True, True, False]


def test_a_probability_is_kept_and_seeded() -> None:
    def fates(seed: int) -> list[bytes]:
        spoiled = injector("silence=0.2", seed)
        return [spoiled.deliver(REPLY).data for _ in range(2000)]

    assert fates(1) == fates(1)
    assert fates(1) != fates(2)
    assert fates(1).count(b"") == pytest.approx(400, rel=0.15)


def test_garbage_is_a_line_but_no_number() -> None:
    spoiled = injector("garbage=1")
    for _ in range(500):
        data = spoiled.deliver(REPLY).data
        assert data.endswith(b"\r\n")
        with pytest.raises(ValueError, match="could not convert"):
            float(data.decode("latin-1"))


@pytest.mark.parametrize("reply", [REPLY, b"0\n", b"1\r\n"])
def test_a_partial_reply_is_a_true_part_without_its_end(reply: bytes) -> None:
    data = injector("partial=1").deliver(reply).data
    assert data
    assert reply.startswith(data)
    assert not data.endswith((b"\r", b"\n"))


def test_latency_and_disconnect() -> None:
    late = injector("latency=0.5@every:2")
    assert [late.deliver(REPLY).delay_s for _ in range(4)] == [0.0, 0.5, 0.0, 0.5]
    assert injector("disconnect=1").deliver(REPLY).disconnects


def test_faults_change_while_in_use() -> None:
    spoiled = injector("silence=1")
    assert spoiled.deliver(REPLY).data == b""
    spoiled.faults = Faults()
    assert spoiled.deliver(REPLY).data == REPLY
