local motor = instruments.get("esp300")        -- error with the known names if there is none
local power = instruments.get("newport")
motor:move_absolute(45.0)                      -- motor.move_absolute(45.0) works too
local reading = power:read_power()
print(string.format("Power at 45°: %.4g W", reading))
record{ angle = 45.0, power = reading }        -- one row: goes to the data file and to the plots
