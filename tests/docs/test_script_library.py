"""The program and the exported file of docs/script_library.md are as the document says."""

import subprocess
import sys
from pathlib import Path

from benchwright.bench.library.script_document import FORMAT, SCHEMA
from benchwright.core.toml_source import parse_toml
from tests.docs.documents import examples
from tests.helpers.cli import TIMEOUT_S, cli_environment


def test_the_program_runs(tmp_path: Path) -> None:
    (program,) = examples("script_library.md", "python")
    done = subprocess.run(
        [sys.executable, "-c", program.text],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=cli_environment(),
        timeout=TIMEOUT_S,
    )
    assert (done.stdout, done.stderr) == ("['optics/scan.lua']\nfrom ada/scan.lua\n", "")
    text = (tmp_path / "data" / "library" / "optics" / "scan.toml").read_text("utf-8")
    assert 'name = "Scan" # mine\n' in text
    assert 'tags = ["optics"]' in text


def test_the_exported_file_looks_as_shown() -> None:
    (shown,) = examples("script_library.md", "toml")
    content = parse_toml(shown.text, "shown")
    assert (content["format"], content["schema"]) == (FORMAT, SCHEMA)
    assert list(content["script"]) == ["file", "sha256", "metadata", "source"]
