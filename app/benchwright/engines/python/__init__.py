"""The Python engine."""

from benchwright.engines.engine import EngineInfo

ENGINE = EngineInfo(language="python", suffix=".py", engine="benchwright.engines.python.engine:PythonEngine")
