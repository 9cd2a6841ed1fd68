"""The disposable process that executes one script, and the channel to it."""
