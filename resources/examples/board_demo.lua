-- Shows every function of the controller board, the computer's facts and the bench's telemetry.

local status = device_get_status()
print(string.format("%s, firmware %s, connected: %s", status.device_type, status.firmware_version, status.connected))

local computer = system_info()
print(string.format("Benchwright %s on %s", computer.benchwright, computer.system))

for speed = 0, 100, 25 do
  device_set_motor_speed(1, speed)             -- motor 0 to 255, speed -100 to 100 %
  device_set_digital_output(8, speed >= 50)    -- output 0 to 255
  local values = telemetry_read{ "board.temperature", "board.voltage", "board.current" }
  record{
    speed = speed,
    temperature = values["board.temperature"],
    voltage = values["board.voltage"],
    current = values["board.current"],
  }
  progress(speed, 100)
end

device_set_motor_speed(1, 0)
device_set_digital_output(8, false)
log_info("motor 1 and output 8 are off again")

if params.press_emergency_stop then
  device_emergency_stop()                      -- never refused; ends this run, and a person has to reset it
end
