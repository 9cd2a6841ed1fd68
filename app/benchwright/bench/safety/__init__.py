"""The emergency stop: in the bench, over its own line, and in place of a bench that hangs."""
