"""Process variables of EPICS as an instrument."""
