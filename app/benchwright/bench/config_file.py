"""The configuration file of a bench as the window changes it: whole or not at all."""

from pathlib import Path

from benchwright.bench.storage.files import write_atomic
from benchwright.instruments.config import Config
from benchwright.instruments.config_values import InstrumentConfig
from benchwright.instruments.config_writer import new_config_text, with_instrument


def text_with_instrument(path: Path, instrument: InstrumentConfig, *, keeps_demo: bool) -> str:
    """Return what the file would hold with one more instrument; nothing is written.

    Args:
        path: the configuration; it need not be there.
        instrument: what is added.
        keeps_demo: whether a new file begins with the instruments of the built-in demo bench.

    Raises:
        ConfigurationError: the file is not valid, or would not be; names file, line and key.
    """
    text = Config.from_file(path).source_text if path.exists() else new_config_text(keeps_demo=keeps_demo)
    return with_instrument(text, str(path), instrument)


def add_instrument(path: Path, instrument: InstrumentConfig, *, keeps_demo: bool) -> None:
    """Add an instrument to the file; arguments as for `text_with_instrument`.

    Raises:
        ConfigurationError: the file is not valid, or would not be; it is as it was.
        StorageError: it cannot be written; it is as it was.
    """
    text = text_with_instrument(path, instrument, keeps_demo=keeps_demo)
    write_atomic(path, text.encode())
