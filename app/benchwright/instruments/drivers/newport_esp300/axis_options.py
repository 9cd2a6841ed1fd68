"""Options and displacement units of an ESP300 axis. Source: ESP300 User's Manual, section 3, command SN."""

import msgspec

from benchwright.core.descriptors import MethodDescriptor, ParameterDescriptor

UNIT_CODES = {"mm": 2, "um": 3, "in": 4, "deg": 7, "grad": 8, "rad": 9, "mrad": 10, "urad": 11}
DEFAULT_UNIT = "deg"

AXIS_OPTIONS = {
    p.name: p
    for p in (
        ParameterDescriptor(name="axis", type="integer", minimum=1, maximum=6, default=1, help="axis"),
        ParameterDescriptor(
            name="unit",
            type="text",
            choices=tuple(UNIT_CODES),
            default=DEFAULT_UNIT,
            help="unit the axis is set to",
        ),
        ParameterDescriptor(
            name="motion_timeout_s", unit="s", minimum=0.1, default=300.0, help="longest motion to wait for"
        ),
        ParameterDescriptor(
            name="switches_on", type="boolean", default=True, help="a move switches the motor on if it is off"
        ),
    )
}


def unit_of_code(code: int) -> str:
    """Return the name of a unit as the controller numbers it."""
    return next((name for name, known in UNIT_CODES.items() if known == code), f"code {code}")


def in_unit(method: MethodDescriptor, unit: str) -> MethodDescriptor:
    """Return the descriptor of a method with `unit` in place of the default one."""
    parameters = tuple(
        msgspec.structs.replace(p, unit=p.unit.replace(DEFAULT_UNIT, unit)) for p in method.parameters
    )
    return msgspec.structs.replace(
        method, parameters=parameters, unit=method.unit.replace(DEFAULT_UNIT, unit)
    )
