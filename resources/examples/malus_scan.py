# Turns the polariser from start to stop and reads the power at each angle: Malus' law, P = P0 cos²(angle) + dark.

import math

motor = instruments.get("esp300")
meter = instruments.get("newport")

points = math.floor((params["stop"] - params["start"]) / params["step"] + 1e-9) + 1
if points < 1:
    raise ValueError("step leads from start away from stop")

powers = []
motor.set_velocity(params["velocity"])

for i in range(points):
    checkpoint()                               # a pause takes hold here
    angle = params["start"] + i * params["step"]
    motor.move_absolute(angle)                 # returns when the motion is done
    powers.append(meter.read_power())
    record({"angle": angle, "power": powers[-1]})
    progress(i + 1, points)

print(f"{points} points, {min(powers):.4g} W to {max(powers):.4g} W")
result = {"points": points, "brightest": max(powers), "darkest": min(powers)}
