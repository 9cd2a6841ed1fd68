"""Operators and the bench: the server, and the client that desks and commands share."""
