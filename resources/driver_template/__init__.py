"""A driver for the Maker Model."""
