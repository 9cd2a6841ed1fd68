"""Links to instruments: serial, VISA, TCP, replay of a recorded exchange, and the virtual bench."""
