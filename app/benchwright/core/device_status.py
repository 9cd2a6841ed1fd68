"""What the controller board says of itself."""

import msgspec

from benchwright.core.values import Value


class DeviceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `device_get_status`; by default that of a board that cannot be reached."""

    connected: bool = False
    device_type: str = ""
    firmware_version: str = ""

    def as_value(self) -> dict[str, Value]:
        """Return it as a script gets it."""
        return msgspec.structs.asdict(self)
