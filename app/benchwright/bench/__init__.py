"""The headless application that owns instruments, runs, data and the emergency stop."""
