"""Curves of what a run records, as it comes."""
