"""`benchwright instrument new`: a driver of one's own to start from, which works on its simulator."""

import re
import shutil
from argparse import Namespace
from pathlib import Path
from typing import Final

from benchwright.cli.command import UsageError
from benchwright.cli.console import Console
from benchwright.core.errors import StorageError
from benchwright.core.resource_paths import resource_path

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")


def new_driver(arguments: Namespace) -> int:
    """Write the folder of a new driver; return the exit code.

    Raises:
        UsageError: the folder's name cannot be that of an instrument.
        StorageError: the folder is there already, or cannot be written.
    """
    folder: Path = arguments.folder
    name = folder.absolute().name
    if not _NAME.fullmatch(name):
        raise UsageError(f"a driver is called as acme_sh1 (small letters, digits, _), found {name!r}")
    class_name = "".join(part.capitalize() for part in name.split("_"))
    try:
        folder.mkdir(parents=True)
        for source in sorted(resource_path("driver_template").iterdir()):
            if source.is_file():
                text = source.read_text("utf-8").replace("MyInstrument", class_name)
                text = text.replace("MySimulator", f"{class_name}Simulator").replace("my_instrument", name)
                (folder / source.name).write_text(text, "utf-8")
    except FileExistsError:
        raise StorageError(f"{folder} is there already; a new driver wants a new folder") from None
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise StorageError(f"cannot write {folder}: {error.strerror}") from None
    _tell(folder, name, as_json=arguments.json)
    return 0


def _tell(folder: Path, name: str, *, as_json: bool) -> None:
    console = Console()
    if as_json:
        console.json({"event": "driver", "name": name, "path": str(folder.absolute())})
        return
    console.out(
        f"{folder} is a driver for a simulated laser; make it one for your instrument. Try it as it is:\n"
        f"  benchwright simulate --driver {folder} --port-base 5000\n"
        f"  benchwright instrument describe {name} --config {folder / 'bench.toml'}\n"
        f"  benchwright instrument call {name} set_power 5 --config {folder / 'bench.toml'}\n"
        f"  benchwright safe-state --config {folder / 'bench.toml'}"
    )
