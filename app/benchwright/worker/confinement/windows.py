"""Best effort on Windows: a job object around each worker. Written from the manual, never tried.

Source: Microsoft Learn, "Job Objects"; `winnt.h`. The bench holds the handle; the job ends when it is closed.
"""

import ctypes
import sys
from collections.abc import Sequence

from .fences import Fence, Fences, Profile

_BASIC_UI_RESTRICTIONS, _EXTENDED_LIMITS = 4, 9
_ACTIVE_PROCESS, _PROCESS_MEMORY, _DIE_ON_EXCEPTION, _KILL_ON_CLOSE = 0x8, 0x100, 0x400, 0x2000
_ALL_UI = 0xFF
_MIB = 1 << 20
_MEMORY_HEADROOM_MB = {"lua": 160, "python": 700}


class _ExtendedLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION with its basic and I/O parts laid out in line."""

    _fields_ = (
        ("per_process_time", ctypes.c_int64),
        ("per_job_time", ctypes.c_int64),
        ("flags", ctypes.c_uint32),
        ("minimum_working_set", ctypes.c_size_t),
        ("maximum_working_set", ctypes.c_size_t),
        ("active_processes", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t),
        ("priority_class", ctypes.c_uint32),
        ("scheduling_class", ctypes.c_uint32),
        ("io_counters", ctypes.c_uint64 * 6),
        ("process_memory", ctypes.c_size_t),
        ("job_memory", ctypes.c_size_t),
        ("peak_process_memory", ctypes.c_size_t),
        ("peak_job_memory", ctypes.c_size_t),
    )


class WorkerJob:
    """The job object of one worker: one process, bounded memory, gone with the bench."""

    def __init__(self, profile: Profile, process_handle: int) -> None:
        """Create the job for `profile` and put the process into it.

        Raises:
            OSError: Windows refused.
        """
        self._kernel = _kernel32()
        self._handle: int | None = _checked(self._kernel.CreateJobObjectW(None, None))
        limits = _ExtendedLimits(
            flags=_ACTIVE_PROCESS | _PROCESS_MEMORY | _DIE_ON_EXCEPTION | _KILL_ON_CLOSE,
            active_processes=1,
            process_memory=(_MEMORY_HEADROOM_MB[profile.language] + 2 * profile.max_memory_mb) * _MIB,
        )
        self._set(_EXTENDED_LIMITS, limits)
        self._set(_BASIC_UI_RESTRICTIONS, ctypes.c_uint32(_ALL_UI))
        _checked(
            self._kernel.AssignProcessToJobObject(
                ctypes.c_void_p(self._handle), ctypes.c_void_p(process_handle)
            )
        )

    def terminate(self) -> None:
        """End all processes of the job; does nothing when they are gone."""
        if self._handle is not None:
            self._kernel.TerminateJobObject(ctypes.c_void_p(self._handle), 1)

    def close(self) -> None:
        """Give up the job, which ends what is still in it."""
        if self._handle is not None:
            self._kernel.CloseHandle(ctypes.c_void_p(self._handle))
            self._handle = None

    def _set(self, kind: int, value: ctypes.Structure | ctypes.c_uint32) -> None:
        handle, size = ctypes.c_void_p(self._handle), ctypes.sizeof(value)
        _checked(self._kernel.SetInformationJobObject(handle, kind, ctypes.byref(value), size))


def confine_process(profile: Profile, keep: Sequence[int], parent_pid: int) -> Fences:
    """Report what the bench put around this process: see `benchwright.worker.confinement.confine_process`."""
    del profile, keep, parent_pid
    return Fences(
        (_job_fence(), Fence("files", False, "Windows: nothing keeps a script from files and the network"))
    )


def seal(profile: Profile, fences: Fences) -> Fences:
    """Nothing is left to close: the job holds from the start."""
    del profile
    return fences


def _job_fence() -> Fence:
    inside = ctypes.c_int(0)
    kernel = _kernel32()
    current = ctypes.c_void_p(kernel.GetCurrentProcess())
    if kernel.IsProcessInJob(current, None, ctypes.byref(inside)) and inside.value:
        return Fence("job", True, "one process, memory, ends with the bench")
    return Fence("job", False, "the worker is in no job object")


def _kernel32() -> ctypes.CDLL:
    if sys.platform != "win32":
        raise OSError("job objects exist on Windows only")
    library = ctypes.WinDLL("kernel32", use_last_error=True)
    library.CreateJobObjectW.restype = ctypes.c_void_p
    library.GetCurrentProcess.restype = ctypes.c_void_p
    return library


def _checked(result: int | None) -> int:
    if not result:
        raise OSError("Windows refused the job object")
    return result
