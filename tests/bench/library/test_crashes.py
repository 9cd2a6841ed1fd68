"""Killed at any moment, a process that writes in the library leaves every script whole, old or new."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchwright.bench.library import ScriptManager
from benchwright.core.toml_source import parse_toml
from tests.helpers.cli import cli_environment

# Each round writes script and metadata that name it, so that a mixture would show.
WRITER = """
import sys
from pathlib import Path
from benchwright.bench.library import ScriptManager
library = ScriptManager(Path(sys.argv[1]))
exported = ScriptManager(Path(sys.argv[2])).sharing.export(Path(sys.argv[2], "shared.lua"))
print("ready", flush=True)
for turn in range(100_000):
    text = f"return {turn}" + " " * (turn % 50) + "\\n"
    library.save("scan.lua", text, f'name = "turn {turn}"\\n')
    library.edit_metadata("scan.lua", {"tags": [f"turn {turn}"]})
    key = library.sharing.take(exported, "shared.toml", "in")
    library.rename(key, f"in/moved-{turn}.lua")
    library.delete(f"in/moved-{turn}.lua")
    print(turn, flush=True)
"""
MOMENTS = 6


def check(folder: Path, last_turn: int) -> None:
    library = ScriptManager(folder)
    for entry in library.list():
        assert entry.language, entry  # metadata without its script
        assert not entry.problem, entry
    if last_turn >= 0:
        source = library.text_of("scan.lua").source
        assert source.rstrip(" \n").startswith("return ")
        assert int(source.split()[1]) >= last_turn, "what was saved is lost"
        parse_toml(library.text_of("scan.lua").metadata or "", "scan.toml")
    for version in library.versions("scan.lua"):
        assert library.version("scan.lua", version.id).source.startswith("return ")
    for trashed in library.trash():
        assert trashed.key.startswith("in/")
    library.save("after.lua", "return 'goes on'")
    assert library.load("after.lua").source == "return 'goes on'"


def kill_once(folder: Path, shared: Path, delay_s: float) -> None:
    command = [sys.executable, "-c", WRITER, str(folder), str(shared)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=cli_environment()) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        time.sleep(delay_s)
        os.kill(writer.pid, signal.SIGKILL)
        lines = writer.stdout.read().split()
    check(folder, int(lines[-1]) if lines else -1)


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    ScriptManager(tmp_path / "shared").create("shared.lua", "return 'shared'", 'name = "Shared"')
    return tmp_path / "shared"


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_killed_writer_leaves_the_library_whole(tmp_path: Path, shared: Path) -> None:
    moments = random.Random(7)
    for number in range(MOMENTS):
        kill_once(tmp_path / str(number), shared, moments.uniform(0, 0.15))


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_writer_killed_at_200_moments_leaves_the_library_whole(tmp_path: Path, shared: Path) -> None:
    for number in range(200):
        kill_once(tmp_path / str(number % 10), shared, random.uniform(0, 0.3))
