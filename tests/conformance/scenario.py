"""What the conformance tests do with an instrument of any driver."""

from typing import Any

from benchwright.core.descriptors import MethodDescriptor, MethodKind, ParameterDescriptor
from benchwright.core.values import Value
from benchwright.instruments.instrument import Instrument

RESULT_TYPES: dict[str, type | tuple[type, ...]] = {
    "float": float,
    "integer": int,
    "boolean": bool,
    "text": str,
    "list": list,
    "map": dict,
    "any": object,
    "": type(None),
}


def plain_queries(instrument: Instrument) -> list[MethodDescriptor]:
    """The queries that take no argument."""
    return [m for m in instrument.descriptor.methods if m.kind is MethodKind.QUERY and not m.parameters]


def look_at_everything(instrument: Instrument) -> dict[str, Value]:
    """Ask all plain queries, take a snapshot and bring the safe state; return what was answered."""
    found = {method.name: instrument.invoke(method.name, [], {}) for method in plain_queries(instrument)}
    found["snapshot"] = instrument.snapshot()
    instrument.safe_state()
    return found


def sample_arguments(method: MethodDescriptor) -> list[Value]:
    """Arguments that the method takes, from the middle of what is allowed."""
    return [_sample(parameter) for parameter in method.parameters]


def _sample(parameter: ParameterDescriptor) -> Value:
    if not parameter.required:
        return parameter.default
    if parameter.choices:
        return parameter.choices[0]
    if parameter.type == "boolean":
        return True
    assert parameter.type in ("float", "integer"), f"no sample for {parameter}"
    low = parameter.minimum if parameter.minimum is not None else 0.0
    high = parameter.maximum if parameter.maximum is not None else low + 2.0
    middle: Any = (low + high) / 2
    return int(middle) if parameter.type == "integer" else middle


def wrong_values(parameter: ParameterDescriptor) -> list[Any]:
    """Values that no parameter of this kind takes."""
    wrong: list[Any] = [{}, [], 10**400, float("nan"), "nonsense"]
    if parameter.maximum is not None:
        wrong.append(parameter.maximum + 1)
    if parameter.minimum is not None:
        wrong.append(parameter.minimum - 1)
    return wrong
