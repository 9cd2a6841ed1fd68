"""An instrument that tells on stdout when stop bytes came: ``python -m tests.benchmarks.stop_listener``.

First prints its port, then a time of `time.monotonic` (one clock for all processes) for each stop line.
"""

import socketserver
import sys
import time

STOP = b"OUTP OFF"
CONFIG = """
[bench]
name = "benchmark"
[instruments.generator]
driver = "generic_scpi"
link = "tcp://127.0.0.1:{port}"
[instruments.generator.options]
safe_state = ["OUTP OFF"]
safe_state_check = {{ "OUTP?" = "0" }}
stop = "OUTP OFF"
checks_errors = false
[[instruments.generator.options.commands]]
name = "get_voltage"
kind = "query"
command = "VOLT?"
unit = "V"
telemetry = "voltage"
"""
ANSWERS = {b"*IDN?": b"Benchmark,Generator,0,1", b"OUTP?": b"0", b"VOLT?": b"1.5"}


class Instrument(socketserver.StreamRequestHandler):
    """Answers what it knows, and notes each stop."""

    def handle(self) -> None:
        for line in self.rfile:
            came_s = time.monotonic()
            if line.strip() == STOP:
                print(came_s, flush=True)
            if (answer := ANSWERS.get(line.strip())) is not None:
                self.wfile.write(answer + b"\n")


def main() -> None:
    """Serve until stdin ends."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Instrument) as server:
        server.daemon_threads = True
        import threading

        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_address[1], flush=True)
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
