"""A small assembler for seccomp filters: classic BPF programs that judge one system call.

A *block* is machine code that ends in a verdict whichever way it is walked, so blocks need no labels.
Source: seccomp(2), `linux/filter.h`, `linux/seccomp.h` (struct seccomp_data). Little-endian machines only.
"""

import struct
from collections.abc import Iterable, Mapping

from .syscall_numbers import Architecture

INSTRUCTION_SIZE = 8

ALLOW = 0x7FFF_0000
KILL_PROCESS = 0x8000_0000

_LOAD, _RETURN = 0x20, 0x06
_IF_EQUAL, _IF_GREATER, _IF_GREATER_EQUAL, _IF_ANY_BIT = 0x15, 0x25, 0x35, 0x45
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
_X32_BIT = 0x4000_0000


def refuse(error_number: int) -> int:
    """Return the verdict that makes a call fail with `errno` = `error_number`."""
    return 0x0005_0000 | error_number


def always(verdict: int) -> bytes:
    """Block: `verdict`, whatever the arguments."""
    return _instruction(_RETURN, verdict)


def if_argument_in(index: int, values: Iterable[int], then: int, otherwise: int) -> bytes:
    """Block: `then` when the 32-bit argument `index` is one of `values`.

    Only the low half is looked at, because that is all the kernel uses of an `int` argument.
    """
    tests = (_instruction(_IF_EQUAL, value, 0, 1) + always(then) for value in values)
    return _load_argument(index) + b"".join(tests) + always(otherwise)


def if_argument_has_bit(index: int, bit: int, then: int, otherwise: int) -> bytes:
    """Block: `then` when `bit` (one of the low 32) is set in argument `index`."""
    return _load_argument(index) + _instruction(_IF_ANY_BIT, bit, 0, 1) + always(then) + always(otherwise)


def if_argument_is_null(index: int, then: int, otherwise: int) -> bytes:
    """Block: `then` when all 64 bits of argument `index` are zero."""
    low = _load_argument(index) + _instruction(_IF_EQUAL, 0, 1, 0) + always(otherwise)
    high = _load_argument(index, half=1) + _instruction(_IF_EQUAL, 0, 0, 1) + always(then)
    return low + high + always(otherwise)


def assemble(
    architecture: Architecture,
    rules: Mapping[str, bytes],
    otherwise: int,
    newest: tuple[int, int] | None = None,
) -> bytes:
    """Return the filter that applies `rules` (block by call name) and gives `otherwise` to all other calls.

    A call from a foreign architecture (32-bit, x32) kills the process: its numbers mean other calls.

    Args:
        architecture: The machine; rules for calls that it never had are left out.
        rules: The block of each call by name.
        otherwise: The verdict for calls without a rule.
        newest: `(number, verdict)`: calls above `number` get `verdict`; for filters that allow by default.
    """
    parts = [
        _instruction(_LOAD, _ARCHITECTURE_AT),
        _instruction(_IF_EQUAL, architecture.audit_value, 1, 0),
        always(KILL_PROCESS),
        _instruction(_LOAD, _NUMBER_AT),
    ]
    if architecture.has_x32:
        parts += [_instruction(_IF_GREATER_EQUAL, _X32_BIT, 0, 1), always(KILL_PROCESS)]
    if newest:
        parts += [_instruction(_IF_GREATER, newest[0], 0, 1), always(newest[1])]
    for name, block in rules.items():
        number = architecture.numbers.get(name)
        if number is not None:
            parts += [_instruction(_IF_EQUAL, number, 0, len(block) // INSTRUCTION_SIZE), block]
    return b"".join([*parts, always(otherwise)])


def _load_argument(index: int, half: int = 0) -> bytes:
    return _instruction(_LOAD, _ARGUMENTS_AT + 8 * index + 4 * half)


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)
