"""Any power supply that speaks SCPI."""
