"""The virtual bench: physics that couples the simulated instruments, served over real links."""

from benchwright.instruments.simulation.faults import FAULT_KINDS, Faults, Rate
from benchwright.instruments.simulation.server import SimulationServer
from benchwright.instruments.simulation.shared import close_shared, shared_virtual_bench
from benchwright.instruments.simulation.simulator import Simulator
from benchwright.instruments.simulation.virtual_bench import (
    VIRTUAL_INSTRUMENTS,
    VirtualBench,
    serve_virtual_bench,
)
from benchwright.instruments.simulation.world import World

__all__ = [
    "FAULT_KINDS",
    "VIRTUAL_INSTRUMENTS",
    "Faults",
    "Rate",
    "SimulationServer",
    "Simulator",
    "VirtualBench",
    "World",
    "close_shared",
    "serve_virtual_bench",
    "shared_virtual_bench",
]
