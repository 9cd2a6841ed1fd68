"""Shipped drivers, one package each."""
