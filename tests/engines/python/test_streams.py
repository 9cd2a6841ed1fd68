"""What a script prints arrives line by line."""

import pytest

from benchwright.engines.python.streams import LONGEST_LINE_BYTES
from tests.engines.python.harness import run_script


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("print('a', 'b')", ["a b"]),
        ("print()", [""]),
        ("print('a\\nb')", ["a", "b"]),
        ("print('a', end='')\nprint('b')", ["ab"]),
        ("print('a', end='', flush=True)", ["a"]),
        ("print('é€😀')", ["é€😀"]),
        ("print('\\ud800')", ["\\ud800"]),
        ("print('a\\r\\nb\\r')", ["a", "b"]),
        ("for i in range(3):\n    print('\\r', i, end='', flush=True)", [" 2"]),
        ("import sys\nsys.stdout.write('a\\nb')", ["a", "b"]),
        ("import sys\nsys.stdout.buffer.write('é\\n'.encode())", ["é"]),
        ("import sys\nfor b in 'é'.encode():\n    sys.stdout.buffer.write(bytes([b]))", ["é"]),
        ("import sys\nsys.stdout.buffer.write(b'\\xff\\n')", ["\ufffd"]),
        ("import sys\nsys.stdout.writelines(['a\\n', 'b\\n'])", ["a", "b"]),
        ("import sys\nprint(sys.stdout.isatty(), sys.stdout.encoding)", ["False utf-8"]),
        ("import sys\nprint('a')\nsys.stdout.close()", ["a"]),
    ],
)
def test_lines_of_stdout(source: str, lines: list[str]) -> None:
    run = run_script(source)
    assert run.error is None
    assert run.stdout == lines


def test_streams_keep_their_order() -> None:
    run = run_script("import sys\nprint('a')\nprint('b', file=sys.stderr)\nprint('c')")
    assert run.output == [("stdout", "a"), ("stderr", "b"), ("stdout", "c")]


def test_what_was_printed_before_an_error_arrives() -> None:
    run = run_script("print('a', end='')\n1/0")
    assert run.stdout == ["a"]


def test_a_line_without_end_is_not_gathered_for_ever() -> None:
    run = run_script(f"print('x' * {LONGEST_LINE_BYTES * 3 + 10})")
    assert [len(line) for line in run.stdout] == [LONGEST_LINE_BYTES] * 3 + [10]


def test_lines_of_many_threads_stay_whole() -> None:
    run = run_script(
        "import sys, threading\n"
        "def work(i):\n"
        "    for _ in range(200):\n"
        "        sys.stdout.write(f'{i}' * 20 + '\\n')\n"
        "threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]\n"
        "for thread in threads: thread.start()\n"
        "for thread in threads: thread.join()\n"
    )
    assert sorted(run.stdout) == [str(i) * 20 for i in range(4) for _ in range(200)]


def test_logging_and_warnings_are_seen() -> None:
    run = run_script(
        "import logging, warnings\n"
        "handler = logging.StreamHandler()\n"
        "handler.emit(logging.LogRecord('x', 30, 'scan.py', 1, 'hot', (), None))\n"
    )
    assert run.stderr == ["hot"]
