-- Raises the supply's voltage step by step and measures what the load makes of it: it heats up, and R grows.

local supply = instruments.get("supply")
local meter = instruments.get("multimeter")

supply:set_voltage(0)
supply:set_current(params.current_limit)
supply:output_on()

for i = 0, params.points - 1 do
  checkpoint()
  local voltage = params.maximum * i / math.max(params.points - 1, 1)
  supply:set_voltage(voltage)
  sleep(params.settle)
  local measured = meter:measure_voltage()
  local current = supply:measure_current()
  local row = { set = voltage, voltage = measured, current = current, power = measured * current }
  if current > 0.01 then
    row.resistance = measured / current
  end
  record(row)
  progress(i + 1, params.points)
end

supply:output_off()
