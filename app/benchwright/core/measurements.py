"""Measured values with unit and time, as the public API gives them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What every measurement has: a name, a unit (empty for a pure number) and a UTC time."""

    name: str
    unit: str = ""
    timestamp: datetime = field(default_factory=_now)


@dataclass(frozen=True, kw_only=True)
class Scalar(Measurement):
    """One number."""

    value: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Vector(Measurement):
    """A row of numbers, shape (n,)."""

    value: "NDArray[np.float64]"


@dataclass(frozen=True, kw_only=True, eq=False)
class Spectrum(Measurement):
    """Values over an axis: `axis` and `value` both have shape (n,)."""

    axis: "NDArray[np.float64]"
    value: "NDArray[np.float64]"
    axis_name: str = "wavelength"
    axis_unit: str = "nm"


@dataclass(frozen=True, kw_only=True, eq=False)
class Image(Measurement):
    """A picture, shape (rows, columns)."""

    value: "NDArray[np.float64]"
