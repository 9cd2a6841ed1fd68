"""Any multimeter that speaks SCPI."""
