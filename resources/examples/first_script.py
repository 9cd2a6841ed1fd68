motor = instruments.get("esp300")              # error with the known names if there is none
power = instruments.get("newport")
motor.move_absolute(45.0)
reading = power.read_power()
print(f"Power at 45°: {reading:.4g} W")
record({"angle": 45.0, "power": reading})      # one row: goes to the data file and to the plots
