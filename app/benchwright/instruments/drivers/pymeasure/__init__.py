"""Any instrument class of PyMeasure, over our own links."""
