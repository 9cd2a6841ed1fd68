"""The history of runs: how they are found, compared, and made again."""

from benchwright.bench.history.run_comparison import Difference, RunComparison, TextDifference
from benchwright.bench.history.run_history import RunHistory
from benchwright.bench.history.run_query import QUERY_FIELDS, RunQuery, known_text

__all__ = [
    "QUERY_FIELDS",
    "Difference",
    "RunComparison",
    "RunHistory",
    "RunQuery",
    "TextDifference",
    "known_text",
]
