"""A VISA resource: GPIB, USBTMC, VXI-11, HiSLIP and whatever else a VISA library reaches."""

import time
from typing import Any

from benchwright.core.errors import LinkError
from benchwright.instruments.calls import current_scope
from benchwright.instruments.links.bounded import TooLate, within
from benchwright.instruments.links.reply_buffer import ReplyBuffer

_SLICE_S = 0.1  # no VISA library frees a blocked read at once: between two slices the caller's stop is seen
_CHUNK_BYTES = 65536
_DISCARD_S = 0.2
_SILENCES = 2


class VisaLink:
    """A link over a VISA library.

    Args:
        resource: such as ``GPIB0::5::INSTR``.
        library: which VISA library: ``@py``, ``path/to/instruments.yaml@sim``, or the path of a vendor's;
            empty for the vendor's library that is installed.
        baud_rate: for a serial resource.
        name: the instrument's name, for messages.
        timeout_s: how long opening and a write may take.
    """

    def __init__(
        self,
        resource: str,
        library: str = "@py",
        *,
        baud_rate: int | None = None,
        name: str = "",
        timeout_s: float = 2.0,
    ) -> None:
        self.address = f"visa://{resource}"
        self._resource_name = resource
        self._library = library
        self._baud_rate = baud_rate
        self._name = name
        self._timeout_s = timeout_s
        self._resource: Any = None  # a pyvisa Resource
        self._buffer = ReplyBuffer(name, self.address)
        self._terminator: bytes | None = None
        self._is_serial = False
        self._has_messages = False  # tells where a reply ends, terminator or not

    # --- life ---

    def open(self) -> None:
        self.close()
        try:
            self._connect()
        except LinkError:
            self.close()
            raise

    def _connect(self) -> None:
        import pyvisa

        try:
            self._resource = within(self._timeout_s, self._open_resource, on_late=lambda late: late.close())
            self._prepare(self._resource)
        except TooLate:
            why = f"{self.address} could not be opened within {self._timeout_s:g} s"
            raise LinkError(self._name, why) from None
        except pyvisa.VisaIOError as error:
            raise LinkError(self._name, self._why_not(error)) from None
        except LinkError:
            raise
        except Exception as error:  # noqa: BLE001 - VISA libraries raise whatever they like, also bare Exception
            raise LinkError(self._name, f"cannot open {self.address}: {_first_line(error)}") from None

    def _open_resource(self) -> Any:
        import pyvisa
        from pyvisa import constants, rname

        if "@" in self._library:  # vendors' libraries know aliases, which are no resource names
            try:
                rname.parse_resource_name(self._resource_name)
            except rname.InvalidResourceName:
                raise pyvisa.VisaIOError(constants.VI_ERROR_INV_RSRC_NAME) from None
        manager = pyvisa.ResourceManager(self._library)
        return manager.open_resource(self._resource_name, open_timeout=int(self._timeout_s * 1000))

    def _prepare(self, resource: Any) -> None:
        from pyvisa.constants import InterfaceType

        try:
            self._is_serial = resource.interface_type == InterfaceType.asrl
        except ValueError:  # pyvisa-sim opens whatever it is told, and knows nothing of it then
            raise LinkError(self._name, f"there is no VISA resource {self._resource_name}") from None
        self._has_messages = resource.resource_class == "INSTR" and not self._is_serial
        if self._baud_rate:
            resource.baud_rate = self._baud_rate

    def _why_not(self, error: Any) -> str:
        from pyvisa.constants import StatusCode

        reasons = {
            StatusCode.error_resource_not_found: f"there is no VISA resource {self._resource_name}",
            StatusCode.error_invalid_resource_name: f"{self._resource_name!r} is no VISA resource name",
            StatusCode.error_resource_busy: f"{self.address} is in use by another program",
            StatusCode.error_resource_locked: f"{self.address} is locked by another program",
        }
        return reasons.get(error.error_code, f"cannot open {self.address}: {error.description}")

    def close(self) -> None:
        resource, self._resource = self._resource, None
        self._buffer.clear()
        self._terminator = None
        if resource is not None:
            try:
                resource.close()
            except Exception:  # noqa: BLE001, S110 - a resource that was unplugged is closed all the same
                pass

    # --- bytes ---

    def write(self, data: bytes) -> None:
        self._write(data, self._opened(int(self._timeout_s * 1000)))

    def write_urgent(self, data: bytes) -> None:
        self._write(data, self._opened())

    def _write(self, data: bytes, resource: Any) -> None:
        import pyvisa

        try:
            resource.write_raw(data)
        except (OSError, pyvisa.Error) as error:
            raise self._lost(error) from None

    def read(self, terminator: bytes, timeout_s: float) -> bytes:
        resource = self._opened(int(min(_SLICE_S, timeout_s) * 1000))
        self._set_terminator(resource, terminator)
        deadline_s = time.monotonic() + timeout_s
        while (reply := self._buffer.take(terminator)) is None:
            current_scope().check()
            if time.monotonic() > deadline_s:
                raise self._buffer.timeout(timeout_s)
            self._buffer.add(self._read_slice(resource, terminator))
        return reply

    def _read_slice(self, resource: Any, terminator: bytes) -> bytes:
        """Return what arrives within a slice; a message that ended gets the terminator that it may lack."""
        import pyvisa
        from pyvisa.constants import StatusCode

        try:
            with resource.ignore_warning(resource.session, StatusCode.success_max_count_read):
                if self._is_serial:
                    return self._read_serial(resource)
                data, status = resource.visalib.read(resource.session, _CHUNK_BYTES)
        except (OSError, pyvisa.Error) as error:
            if getattr(error, "error_code", None) == StatusCode.error_timeout:
                return b""
            raise self._lost(error) from None
        data = bytes(data)
        is_whole = self._has_messages and status == StatusCode.success
        return data + terminator if is_whole and not data.endswith(terminator) else data

    def _read_serial(self, resource: Any) -> bytes:
        # A read that times out loses what it got so far: wait for one byte, then take what is there.
        data, _ = resource.visalib.read(resource.session, 1)
        waiting = resource.bytes_in_buffer
        if waiting:
            data += resource.visalib.read(resource.session, waiting)[0]
        return bytes(data)

    def _set_terminator(self, resource: Any, terminator: bytes) -> None:
        """Let reads end at the last byte of the terminator, where the resource can do that."""
        if terminator == self._terminator:
            return
        import pyvisa
        from pyvisa.constants import ResourceAttribute

        settings: list[tuple[Any, int]] = [(ResourceAttribute.termchar_enabled, bool(terminator))]
        if terminator:
            settings.insert(0, (ResourceAttribute.termchar, terminator[-1]))
        if resource.resource_class == "SOCKET":  # else what came before a slice ended would be lost
            settings.append((ResourceAttribute.suppress_end_enabled, False))
        for attribute, value in settings:
            try:
                resource.set_visa_attribute(attribute, value)
            except pyvisa.VisaIOError:
                pass  # it ends its messages by other means
        self._terminator = terminator

    def discard_input(self) -> None:
        resource = self._opened(1)
        deadline_s = time.monotonic() + _DISCARD_S
        silences = 0  # one may be the end of a slice in the midst of a message, on a busy computer
        while silences < _SILENCES and time.monotonic() < deadline_s:
            silences = 0 if self._read_slice(resource, b"") else silences + 1
        self._buffer.clear()

    def interrupt(self) -> None:
        """Do nothing: the next slice sees that the caller was stopped."""

    def _opened(self, timeout_ms: int | None = None) -> Any:
        resource = self._resource
        if resource is None:
            raise LinkError(self._name, f"{self.address} is not open")
        if timeout_ms is not None and resource.timeout != timeout_ms:
            resource.timeout = timeout_ms
        return resource

    def _lost(self, error: Exception) -> LinkError:
        return LinkError(
            self._name, f"lost {self.address}: {getattr(error, 'description', None) or _first_line(error)}"
        )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
