"""Script engines: each checks and executes scripts of one language."""
