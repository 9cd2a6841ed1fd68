"""What a benchmark gives: figures with the mark they should reach."""

import json
import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """One measured figure; `reach` is the mark, `lower_is_better` tells which side of it is good."""

    name: str
    value: float
    unit: str
    reach: float | None = None
    lower_is_better: bool = True
    detail: dict[str, float | str] = field(default_factory=dict)

    @property
    def reached(self) -> bool | None:
        """Whether the mark is reached; None where there is none."""
        if self.reach is None:
            return None
        return self.value <= self.reach if self.lower_is_better else self.value >= self.reach

    def json(self) -> str:
        """Return the figure as one line of JSON."""
        return json.dumps(
            {
                "figure": self.name,
                "value": rounded(self.value),
                "unit": self.unit,
                "reach": self.reach,
                "reached": self.reached,
                **self.detail,
            }
        )


def rounded(value: float) -> float:
    """Return a number with four significant digits."""
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, 3 - math.floor(math.log10(abs(value))))


def percentile(values: Iterable[float], percent: int) -> float:
    """Return the value that `percent` % of the values do not exceed."""
    ordered = sorted(values)
    if len(ordered) == 1:
        return ordered[0]
    return statistics.quantiles(ordered, n=100, method="inclusive")[percent - 1]
