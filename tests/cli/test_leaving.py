"""Ctrl-C while the program loads ends it with the exit code and the sentence of every other Ctrl-C."""

import subprocess
import sys

import pytest

from tests.helpers.cli import cli_environment

INTERRUPTED = """
import os, signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "{module}":
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.{handler})
sys.meta_path.insert(0, Interrupting())
sys.argv = ["benchwright", *{arguments}]
from benchwright.__main__ import main
sys.exit(main())
"""


def interrupted(module: str, *arguments: str, handler: str = "default_int_handler") -> tuple[int, str, str]:
    """Run a command that gets a SIGINT when it imports a module."""
    source = INTERRUPTED.format(module=module, arguments=arguments, handler=handler)
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, env=cli_environment(), timeout=30
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "module",
    ["benchwright.cli.main", "argparse", "benchwright.cli.script", "benchwright.cli.script_run", "msgspec"],
)
def test_an_interrupt_in_an_import_ends_the_command(module: str) -> None:
    assert interrupted(module, "script", "run", "none.lua") == (130, "", "cancelled\n")
    code, out, err = interrupted(module, "script", "run", "none.lua", "--json")
    assert (code, err) == (130, "cancelled\n")
    assert out == '{"event":"error","code":"cancelled","message":"cancelled"}\n'


def test_an_interrupt_that_is_ignored_stays_so() -> None:
    code, out, err = interrupted(
        "benchwright.cli.script", "script", "validate", "none.lua", handler="SIG_IGN"
    )
    assert (code, out) == (2, "")
    assert "there is no file none.lua" in err
