"""Newport ESP300 motion controller."""
