"""The virtual bench: physics that couples simulated instruments, served over real sockets and ptys."""
