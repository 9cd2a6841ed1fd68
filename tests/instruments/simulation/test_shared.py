import threading
from collections.abc import Iterator

import pytest

from benchwright.instruments.simulation import (
    VIRTUAL_INSTRUMENTS,
    SimulationServer,
    close_shared,
    shared_virtual_bench,
)
from tests.instruments.virtual import client


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    close_shared()


def test_it_is_started_once_whoever_asks_first() -> None:
    found: list[SimulationServer] = []
    threads = [threading.Thread(target=lambda: found.append(shared_virtual_bench())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(map(id, found))) == 1


def test_it_has_the_instruments_of_the_demonstration() -> None:
    assert list(VIRTUAL_INSTRUMENTS) == ["esp300", "newport", "supply", "multimeter", "board"]
    assert set(shared_virtual_bench().addresses()) == set(VIRTUAL_INSTRUMENTS)


def test_after_closing_there_is_a_new_one() -> None:
    first = shared_virtual_bench()
    close_shared()
    close_shared()
    second = shared_virtual_bench()
    assert second is not first
    with client(second, "supply") as supply:
        assert supply.ask(b"*IDN?\n").startswith(b"Benchwright,Virtual supply")
