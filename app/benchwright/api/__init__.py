"""The public names of `import benchwright`: what a program calls and gets, and the errors it may catch."""

from benchwright.api.instrument_manager import AsyncInstrument, InstrumentManager
from benchwright.api.run_script import run_again, run_script
from benchwright.bench.history import RunHistory, RunQuery
from benchwright.bench.library import ScriptManager
from benchwright.bench.scheduling import ResourceMonitor, ScriptScheduler
from benchwright.core.device_status import DeviceStatus
from benchwright.core.diagnostics import Diagnostic
from benchwright.core.errors import (
    ArgumentError,
    BenchUnavailable,
    BenchwrightError,
    CompilationError,
    ConfigurationError,
    EmergencyStopActive,
    ExecutionError,
    ImportRefused,
    InstrumentError,
    InstrumentTimeout,
    InvalidSchedule,
    LinkError,
    MetadataError,
    PermissionDenied,
    RateLimitExceeded,
    ResourceLimitExceeded,
    RunNotFound,
    ScriptNotFound,
    ScriptRunning,
    ScriptTimeout,
    StorageError,
    UnknownNameError,
)
from benchwright.core.limits import ScriptResourceLimits
from benchwright.core.measurements import Image, Measurement, Scalar, Spectrum, Vector
from benchwright.core.metadata import ScriptMetadata
from benchwright.core.rates import TokenBucket
from benchwright.core.results import ScriptResult
from benchwright.core.scheduled_execution import ScheduledExecution
from benchwright.core.schedules import Cron, ExecutionSchedule, Interval, Manual, Once
from benchwright.core.script_statistics import ScriptExecutionStats, ScriptStatus
from benchwright.engines.engine import ScriptEngine
from benchwright.instruments.config import Config
from benchwright.instruments.telemetry import TelemetryData

__all__ = [
    "ArgumentError",
    "AsyncInstrument",
    "BenchUnavailable",
    "BenchwrightError",
    "CompilationError",
    "Config",
    "ConfigurationError",
    "Cron",
    "DeviceStatus",
    "Diagnostic",
    "EmergencyStopActive",
    "ExecutionError",
    "ExecutionSchedule",
    "Image",
    "ImportRefused",
    "InstrumentError",
    "InstrumentManager",
    "InstrumentTimeout",
    "Interval",
    "InvalidSchedule",
    "LinkError",
    "Manual",
    "Measurement",
    "MetadataError",
    "Once",
    "PermissionDenied",
    "RateLimitExceeded",
    "ResourceLimitExceeded",
    "ResourceMonitor",
    "RunHistory",
    "RunNotFound",
    "RunQuery",
    "Scalar",
    "ScheduledExecution",
    "ScriptEngine",
    "ScriptExecutionStats",
    "ScriptManager",
    "ScriptMetadata",
    "ScriptNotFound",
    "ScriptResourceLimits",
    "ScriptResult",
    "ScriptRunning",
    "ScriptScheduler",
    "ScriptStatus",
    "ScriptTimeout",
    "Spectrum",
    "StorageError",
    "TelemetryData",
    "TokenBucket",
    "UnknownNameError",
    "Vector",
    "run_again",
    "run_script",
]
