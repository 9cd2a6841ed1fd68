# Talks to two instruments at the same time: with `await`, the motor travels while the meter is read.

import asyncio

motor = instruments.get_async("esp300")
meter = instruments.get_async("newport")

await motor.move_absolute(params["start"])
travel = asyncio.create_task(motor.move_absolute(params["stop"]))

readings = 0
while not travel.done():
    position, power = await asyncio.gather(motor.get_position(), meter.read_power())
    record({"position": position, "power": power})
    readings += 1
    await asyncio.sleep(0.05)

await travel                                   # raises if the motion failed
print(f"{readings} readings on the way")
result = readings
