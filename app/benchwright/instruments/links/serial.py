"""A serial port, named by its device or by the USB identity of its adapter."""

import errno
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from benchwright.core.errors import ConfigurationError, LinkError, did_you_mean, listed
from benchwright.instruments.calls import current_scope
from benchwright.instruments.links.reply_buffer import ReplyBuffer

_SLICE_S = 0.1  # where `cancel_read` comes too early to be seen (Windows), the next slice sees the cancel

# what each option of the address may be; the values are pyserial's
OPTIONS: Final[Mapping[str, Mapping[str, Any] | None]] = {
    "baudrate": None,
    "bytesize": {"5": 5, "6": 6, "7": 7, "8": 8},
    "parity": {"N": "N", "E": "E", "O": "O", "M": "M", "S": "S"},
    "stopbits": {"1": 1, "1.5": 1.5, "2": 2},
    "xonxoff": {"true": True, "false": False, "1": True, "0": False},
    "rtscts": {"true": True, "false": False, "1": True, "0": False},
    "dsrdtr": {"true": True, "false": False, "1": True, "0": False},
}


def parse_options(options: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings of a serial port from the options of its address.

    Raises:
        ConfigurationError: an unknown option or a value that does not fit.
    """
    settings: dict[str, Any] = {}
    for key, value in options.items():
        if key not in OPTIONS:
            hint = did_you_mean(key, OPTIONS)
            raise ConfigurationError(f"unknown serial option {key!r}{hint} (there is: {listed(OPTIONS)})")
        allowed = OPTIONS[key]
        if allowed is not None and value in allowed:
            settings[key] = allowed[value]
        elif allowed is None and value.isascii() and value.isdigit() and int(value) > 0:
            settings[key] = int(value)
        else:
            wanted = f"one of {', '.join(allowed)}" if allowed else "a whole number above 0"
            raise ConfigurationError(f"the serial option {key} must be {wanted}, found {value!r}")
    return settings


def parse_usb(text: str) -> tuple[int, int, str]:
    """Return vendor, product and serial number (empty: any) from ``VID:PID:SERIAL``, the first two in hex.

    Raises:
        ConfigurationError: it is not of that form.
    """
    vendor, _, rest = text.partition(":")
    product, _, serial_number = rest.partition(":")
    try:
        return int(vendor, 16), int(product, 16), serial_number
    except ValueError:
        raise ConfigurationError(
            f"usb must be VID:PID or VID:PID:SERIAL such as 0403:6001:A5XK3RJT, found {text!r}"
        ) from None


class SerialLink:
    """A link over a serial port.

    Args:
        device: such as ``/dev/ttyUSB0`` or ``COM3``; empty where `usb` names the adapter.
        options: options of the address by name, see `OPTIONS`.
        usb: ``VID:PID:SERIAL`` of a USB adapter, wherever it is plugged in.
        name: the instrument's name, for messages.
        timeout_s: how long a stuck write may take.
    """

    def __init__(
        self,
        device: str,
        options: Mapping[str, str] | None = None,
        *,
        usb: str = "",
        name: str = "",
        timeout_s: float = 2.0,
    ) -> None:
        self.address = f"serial://?usb={usb}" if usb else f"serial://{device}"
        self._device = device
        self._usb = parse_usb(usb) if usb else None
        self._settings = parse_options(options or {})
        self._name = name
        self._timeout_s = timeout_s
        self._port: Any = None  # a serial.Serial
        self._buffer = ReplyBuffer(name, self.address)

    # --- life ---

    def open(self) -> None:
        import serial

        self.close()
        device = self._device if self._usb is None else self._find_usb(*self._usb)
        try:
            self._port = serial.Serial(
                device,
                timeout=min(_SLICE_S, self._timeout_s),
                write_timeout=self._timeout_s,
                exclusive=True,  # two programs on one port steal each other's replies
                **self._settings,
            )
        except (OSError, ValueError) as error:
            raise LinkError(self._name, _why_not(error, device)) from None

    def close(self) -> None:
        port, self._port = self._port, None
        self._buffer.clear()
        if port is not None:
            try:
                port.close()
            except OSError:
                pass  # a device that was unplugged is closed all the same

    def _find_usb(self, vendor: int, product: int, serial_number: str) -> str:
        ports = [p for p in list_ports() if p.vid is not None]
        found = [
            port.device
            for port in ports
            if (port.vid, port.pid) == (vendor, product) and serial_number in ("", port.serial_number)
        ]
        if len(found) == 1:
            return str(found[0])
        if found:
            why = f"{len(found)} adapters have it ({listed(found)}): add the serial number"
        else:
            why = f"no such USB serial adapter is plugged in (there is: {listed(map(usb_name, ports))})"
        raise LinkError(self._name, f"{self.address}: {why}")

    # --- bytes ---

    def write(self, data: bytes) -> None:
        import serial

        try:
            self._opened().write(data)
        except serial.SerialTimeoutException:
            why = f"{self.address} took no data for {self._timeout_s:g} s"
            raise LinkError(self._name, why) from None
        except OSError as error:
            raise self._lost(error) from None

    write_urgent = write  # a serial port can be written to beside a blocked read

    def read(self, terminator: bytes, timeout_s: float) -> bytes:
        port = self._opened()
        deadline_s = time.monotonic() + timeout_s
        while (reply := self._buffer.take(terminator)) is None:
            if time.monotonic() > deadline_s:
                raise self._buffer.timeout(timeout_s)
            self._buffer.add(self._read_some(port))
        return reply

    def _read_some(self, port: Any) -> bytes:
        """Wait for input, for a slice at most."""
        try:
            chunk: bytes = port.read(port.in_waiting or 1)
        except OSError as error:
            raise self._lost(error) from None
        if not chunk:
            current_scope().check()
        return chunk

    def discard_input(self) -> None:
        self._buffer.clear()
        try:
            self._opened().reset_input_buffer()
        except OSError as error:
            raise self._lost(error) from None

    def interrupt(self) -> None:
        port = self._port
        if port is not None:
            try:
                port.cancel_read()
            except (OSError, TypeError):
                pass  # closed meanwhile

    def _opened(self) -> Any:
        port = self._port
        if port is None:
            raise LinkError(self._name, f"{self.address} is not open")
        return port

    def _lost(self, error: OSError) -> LinkError:
        return LinkError(self._name, f"lost {self.address}: {error.strerror or error}")


def list_ports() -> list[Any]:
    """Return the serial ports of this computer, as pyserial describes them."""
    from serial.tools.list_ports import comports

    return list(comports())


def usb_name(port: Any) -> str:
    """Return ``VID:PID:SERIAL`` of a USB port that pyserial describes."""
    name = f"{port.vid:04X}:{port.pid:04X}"
    return f"{name}:{port.serial_number}" if port.serial_number else name


def _why_not(error: Exception, device: str) -> str:
    number = getattr(error, "errno", None)
    text = str(error)  # on Windows pyserial gives no number, but the text of the error below
    if number in (errno.EAGAIN, errno.EBUSY) or "PermissionError(13" in text:
        return f"the serial port {device} is in use by another program"
    if number == errno.EACCES:
        return f"no permission to open the serial port {device}{_group_hint(device)}"
    if number == errno.ENOENT or "FileNotFoundError(2" in text:
        return f"there is no serial port {device} (there is: {listed(p.device for p in list_ports())})"
    if number is None and "configure port" in text:
        return f"{device} is no serial port, or nothing is connected to it"
    return f"cannot open the serial port {device}: {getattr(error, 'strerror', None) or text}"


def _group_hint(device: str) -> str:
    try:
        group = Path(device).group()
    except (OSError, KeyError, NotImplementedError):
        return ""
    return f" (its group is {group}: add your user to it and log in again)"
