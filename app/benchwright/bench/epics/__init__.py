"""A bench as process variables of EPICS, for the control system that joins a lab's machines."""
