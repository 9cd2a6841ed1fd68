"""What a worker is confined to, and the record of which fences around it held."""

from typing import Literal

import msgspec


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker process needs and how much it may use; everything else is fenced off.

    Attributes:
        language: `"lua"` touches no file after its imports; `"python"` reads its libraries and writes its
            scratch folder.
        scratch_dir: The run's scratch folder (absolute, exists), the worker's working directory.
        readable_dirs: Further folders or single files a Python script may read (itself, its dependencies).
        max_memory_mb: The run's memory limit in MiB; the address space is bounded some way above it.
        max_scratch_mb: What a Python script may write, in MiB: no file of it gets larger.
        max_execution_time_s: The run's time limit in seconds, `None` for none; the CPU time is bounded some
            way above it.
    """

    language: Literal["lua", "python"]
    scratch_dir: str
    readable_dirs: tuple[str, ...] = ()
    max_memory_mb: int = 50
    max_scratch_mb: int = 256
    max_execution_time_s: float | None = 30.0


class Fence(msgspec.Struct, frozen=True):
    """One layer of the confinement: whether it holds, and what it covers or why it is missing."""

    name: str
    held: bool
    note: str = ""

    @property
    def state(self) -> str:
        """`"held"`, `"held (what)"` or `"missing: reason"`."""
        if self.held:
            return f"held ({self.note})" if self.note else "held"
        return f"missing: {self.note}"


class Fences(msgspec.Struct, frozen=True):
    """The layers around one worker in the order they went up; recorded with its run and shown by `doctor`."""

    layers: tuple[Fence, ...] = ()

    @property
    def states(self) -> dict[str, str]:
        """The state of each layer by its name."""
        return {layer.name: layer.state for layer in self.layers}

    def plus(self, *layers: Fence) -> "Fences":
        """Return these fences with `layers` behind them."""
        return Fences(self.layers + layers)
