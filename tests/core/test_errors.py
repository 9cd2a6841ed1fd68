"""The error tree: codes, sentences, and the way across a process boundary."""

import msgspec
import pytest

from benchwright.core.errors import (
    ERRORS_BY_CODE,
    BenchwrightError,
    CompilationError,
    ConfigurationError,
    ErrorInfo,
    ExecutionError,
    MetadataError,
    OperatorError,
    ProtocolError,
    ResourceLimitExceeded,
    ScriptError,
    UnknownNameError,
    did_you_mean,
    error_from_info,
    listed,
)

KINDS = sorted(ERRORS_BY_CODE.values(), key=lambda kind: kind.code)


def subclasses(kind: type[BenchwrightError]) -> set[type[BenchwrightError]]:
    return {kind}.union(*(subclasses(child) for child in kind.__subclasses__()))


def test_every_class_has_a_code_of_its_own() -> None:
    ours = {kind for kind in subclasses(BenchwrightError) if kind.__module__ == BenchwrightError.__module__}
    assert {kind.code for kind in ours} == {*ERRORS_BY_CODE, BenchwrightError.code}
    assert len(ours) == len(ERRORS_BY_CODE) + 1


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_crosses_a_process_boundary(kind: type[BenchwrightError]) -> None:
    error = kind.from_message("went wrong: é")
    for name, value in (("line", 3), ("column", 5), ("traceback", "  File ...")):
        setattr(error, name, value)
    wire = msgspec.msgpack.encode(error.info())
    rebuilt = error_from_info(msgspec.msgpack.decode(wire, type=ErrorInfo))
    assert type(rebuilt) is kind
    assert rebuilt.message == "went wrong: é"
    assert rebuilt.info() == error.info() == ErrorInfo(kind.code, "went wrong: é", 3, 5, "  File ...")


def test_an_unknown_code_is_an_error_still() -> None:
    error = error_from_info(ErrorInfo("of_another_version", "x"))
    assert type(error) is BenchwrightError
    assert error.message == "x"


def test_who_must_act() -> None:
    for kind in KINDS:
        families = [family for family in (ScriptError, OperatorError) if issubclass(kind, family)]
        assert len(families) == (0 if kind.code in {"protocol_error", "cancelled"} else 1), kind
    assert not issubclass(ProtocolError, (ScriptError, OperatorError))


def test_places_within_files() -> None:
    assert str(ConfigurationError("x", "bench.toml", 3, "bench.name")) == "bench.toml:3: bench.name: x"
    assert str(MetadataError("x", "scan.toml")) == "scan.toml: x"
    assert str(MetadataError("x")) == "x"


def test_places_within_scripts() -> None:
    assert CompilationError("x", 2, 7).info() == ErrorInfo("compilation_error", "x", 2, 7)
    assert CompilationError("x", 2, 7).end_column == 8
    assert ExecutionError("x", 1, 2, "t").info() == ErrorInfo("execution_error", "x", 1, 2, "t")
    assert BenchwrightError("x").info() == ErrorInfo("error", "x")


def test_an_unknown_name_of_any_length() -> None:
    error = UnknownNameError("instrument", "esp30", ["newport", "esp300"])
    assert str(error) == "no instrument 'esp30'; did you mean esp300? (there is: esp300, newport)"
    assert str(UnknownNameError("instrument", "x", [])) == "no instrument 'x' (there is: none)"
    assert len(str(UnknownNameError("instrument", "x" * 100_000, ["esp300"]))) < 200


def test_limits_are_shown_as_they_were_written() -> None:
    assert str(ResourceLimitExceeded("max_instructions", 1_000_000)).endswith("max_instructions = 1000000")
    assert str(ResourceLimitExceeded("max_execution_time_s", 0.25)).endswith("= 0.25")


def test_words() -> None:
    assert did_you_mean("powr", ["power", "angle"]) == "; did you mean power?"
    assert did_you_mean("xyz", ["power"]) == ""
    assert listed({"b", "a"}) == "a, b"
    assert listed([]) == "none"
