"""Starts scripts when they are due."""

from benchwright.bench.scheduling.resource_monitor import ResourceMonitor
from benchwright.bench.scheduling.scheduler import BenchView, ScriptScheduler
from benchwright.bench.scheduling.store import ScheduleRecord, ScheduleStore

__all__ = ["BenchView", "ResourceMonitor", "ScheduleRecord", "ScheduleStore", "ScriptScheduler"]
