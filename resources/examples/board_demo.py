# Shows every function of the controller board, the computer's facts and the bench's telemetry.

status = device_get_status()
print(f"{status['device_type']}, firmware {status['firmware_version']}, connected: {status['connected']}")

computer = system_info()
print(f"Benchwright {computer['benchwright']} on {computer['system']}")

for speed in range(0, 101, 25):
    device_set_motor_speed(1, speed)           # motor 0 to 255, speed -100 to 100 %
    device_set_digital_output(8, speed >= 50)  # output 0 to 255
    values = telemetry_read(["board.temperature", "board.voltage", "board.current"])
    record(
        {
            "speed": speed,
            "temperature": values["board.temperature"],
            "voltage": values["board.voltage"],
            "current": values["board.current"],
        }
    )
    progress(speed, 100)

device_set_motor_speed(1, 0)
device_set_digital_output(8, False)
log_info("motor 1 and output 8 are off again")

if params["press_emergency_stop"]:
    device_emergency_stop()                    # never refused; ends this run, and a person has to reset it
