"""Any instrument whose commands the configuration declares."""
