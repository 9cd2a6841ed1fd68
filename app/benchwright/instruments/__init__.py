"""Instruments: declarations, links, drivers, configuration and their manager."""
