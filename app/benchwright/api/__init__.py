"""The public names of `import benchwright`."""

from benchwright.api.instrument_manager import AsyncInstrument, InstrumentManager
from benchwright.api.run_script import run_again, run_script
from benchwright.bench.history import RunHistory, RunQuery
from benchwright.bench.library import ScriptManager
from benchwright.core.measurements import Image, Measurement, Scalar, Spectrum, Vector
from benchwright.instruments.config import Config

__all__ = [
    "AsyncInstrument",
    "Config",
    "Image",
    "InstrumentManager",
    "Measurement",
    "RunHistory",
    "RunQuery",
    "Scalar",
    "ScriptManager",
    "Spectrum",
    "Vector",
    "run_again",
    "run_script",
]
