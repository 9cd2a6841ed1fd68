"""The link to the virtual bench of this process."""

from collections.abc import Iterator

import pytest

from benchwright.core.errors import ConfigurationError, InstrumentTimeout
from benchwright.instruments.links.sim import SimLink
from benchwright.instruments.simulation import close_shared


@pytest.fixture(autouse=True)
def _virtual_bench() -> Iterator[None]:
    yield
    close_shared()


def ask(link: SimLink, question: bytes, timeout_s: float = 2.0) -> bytes:
    link.write(question + b"\r\n")
    return link.read(b"\r\n", timeout_s)


def test_the_virtual_bench_is_started_by_need() -> None:
    link = SimLink("esp300", name="motor")
    assert link.address == "sim://esp300"
    link.open()
    assert b"ESP300" in ask(link, b"VE?")
    link.close()


def test_faults_are_set_when_the_link_is_opened() -> None:
    link = SimLink("esp300", {"silence": 1.0}, name="motor")
    link.open()
    with pytest.raises(InstrumentTimeout, match="^motor: no answer within"):
        ask(link, b"VE?", timeout_s=0.05)
    link.close()
    healthy = SimLink("esp300")
    healthy.open()
    assert b"ESP300" in ask(healthy, b"VE?")
    healthy.close()


def test_after_the_bench_was_closed_a_new_one_is_started() -> None:
    link = SimLink("esp300")
    for _ in range(2):
        link.open()
        assert b"ESP300" in ask(link, b"VE?")
        link.close()
        close_shared()


def test_what_there_is_not() -> None:
    with pytest.raises(ConfigurationError, match="^no virtual instrument 'esp30'; did you mean esp300"):
        SimLink("esp30")
    with pytest.raises(ConfigurationError, match="unknown fault; did you mean silence"):
        SimLink("esp300", {"silense": 1.0})
