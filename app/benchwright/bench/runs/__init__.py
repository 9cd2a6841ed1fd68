"""Runs from their plan to their end: queue, worker, calls, limits, stop."""
