# Raises the supply's voltage step by step and measures what the load makes of it: it heats up, and R grows.

supply = instruments.get("supply")
meter = instruments.get("multimeter")

supply.set_voltage(0)
supply.set_current(params["current_limit"])
supply.output_on()
try:
    for i in range(params["points"]):
        checkpoint()
        voltage = params["maximum"] * i / max(params["points"] - 1, 1)
        supply.set_voltage(voltage)
        sleep(params["settle"])
        measured = meter.measure_voltage()
        current = supply.measure_current()
        row = {"set": voltage, "voltage": measured, "current": current, "power": measured * current}
        if current > 0.01:
            row["resistance"] = measured / current
        record(row)
        progress(i + 1, params["points"])
finally:
    supply.output_off()                        # also when a call fails; a stopped run leaves it to on_stop
