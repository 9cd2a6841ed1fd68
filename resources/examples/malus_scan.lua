-- Turns the polariser from start to stop and reads the power at each angle: Malus' law, P = P0 cos²(angle) + dark.

local motor = instruments.get("esp300")
local meter = instruments.get("newport")

local points = math.floor((params.stop - params.start) / params.step + 1e-9) + 1
if points < 1 then
  error("step leads from start away from stop")
end

local brightest, darkest = -math.huge, math.huge
motor:set_velocity(params.velocity)

for i = 1, points do
  checkpoint()                                 -- a pause takes hold here
  local angle = params.start + (i - 1) * params.step
  motor:move_absolute(angle)                   -- returns when the motion is done
  local power = meter:read_power()
  record{ angle = angle, power = power }
  brightest, darkest = math.max(brightest, power), math.min(darkest, power)
  progress(i, points)
end

print(string.format("%d points, %.4g W to %.4g W", points, darkest, brightest))
return { points = points, brightest = brightest, darkest = darkest }
