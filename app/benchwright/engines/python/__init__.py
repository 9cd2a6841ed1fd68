"""The Python engine."""
