"""Uses Benchwright as a library: an ordinary program, not a script, so start it with ``python api_example.py``.

It opens the instruments itself, here those of the virtual bench; no bench process runs beside it.
"""

import asyncio

import benchwright


async def main() -> None:
    """Turn the polariser and print the power at three angles."""
    config = benchwright.Config.demo()  # or Config.from_file("bench.toml")
    async with benchwright.InstrumentManager(config) as manager:
        motor = manager.get_instrument("esp300")
        meter = manager.get_instrument("newport")
        for angle in (0.0, 5.0, 10.0):
            await motor.move_absolute(angle)
            position, power = await asyncio.gather(motor.get_position(), meter.read_power())
            print(f"{position:6.2f} deg  {power:.4g} W")


if __name__ == "__main__":
    asyncio.run(main())
