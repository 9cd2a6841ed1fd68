"""Error codes of the ESP300 and their texts. Source: ESP300 User's Manual, Appendix A."""

# Errors of the controller; 2, 5 and the numbers left out are reserved there.
CONTROLLER_ERRORS = {
    0: "NO ERROR DETECTED",
    1: "PCI COMMUNICATION TIME-OUT",
    2: "RS-232 COMMUNICATION TIME-OUT",
    4: "EMERGENCY STOP ACTIVATED",
    6: "COMMAND DOES NOT EXIST",
    7: "PARAMETER OUT OF RANGE",
    8: "CABLE INTERLOCK ERROR",
    9: "AXIS NUMBER OUT OF RANGE",
    13: "GROUP NUMBER MISSING",
    27: "COMMAND NOT ALLOWED",
    37: "AXIS NUMBER MISSING",
    38: "COMMAND PARAMETER MISSING",
}

# Errors of an axis: the code sent is 100 times the axis plus this.
AXIS_ERRORS = {
    0: "MOTOR TYPE NOT DEFINED",
    1: "PARAMETER OUT OF RANGE",
    2: "AMPLIFIER FAULT DETECTED",
    3: "FOLLOWING ERROR THRESHOLD EXCEEDED",
    4: "POSITIVE HARDWARE LIMIT DETECTED",
    5: "NEGATIVE HARDWARE LIMIT DETECTED",
    6: "POSITIVE SOFTWARE LIMIT DETECTED",
    7: "NEGATIVE SOFTWARE LIMIT DETECTED",
    8: "MOTOR / STAGE NOT CONNECTED",
    9: "FEEDBACK SIGNAL FAULT DETECTED",
    10: "MAXIMUM VELOCITY EXCEEDED",
    11: "MAXIMUM ACCELERATION EXCEEDED",
    13: "MOTOR NOT ENABLED",
    20: "HOMING ABORTED",
    30: "COMMAND NOT ALLOWED DURING HOMING",
}
MOTOR_NOT_ENABLED = 13


def describe_error(code: int) -> str:
    """Return the manual's text for a code as the controller sends it."""
    if code >= 100:
        return f"AXIS-{code // 100} " + AXIS_ERRORS.get(code % 100, "ERROR")
    return CONTROLLER_ERRORS.get(code, "ERROR")
