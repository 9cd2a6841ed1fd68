"""Describes a class of PyMeasure without its instrument, by making one that leads nowhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from benchwright.core.errors import ConfigurationError
from benchwright.instruments.drivers.pymeasure.classes import (
    bound,
    check_arguments,
    find_class,
    first_line,
    make,
)
from benchwright.instruments.drivers.pymeasure.members import Member, describe

_KINDS: Final = {"serial": ("asrl",), "tcp": ("tcpip",), "visa": ("gpib", "usb", "tcpip", "asrl")}
_OFF: Final = ("output_enabled", "source_enabled", "output", "enabled")
_STOPS: Final = ("shutdown", "disable", "stop", "abort")
_USUAL: Final = ('["output_enabled", false]', '"shutdown"')
_known: dict[str, "Description"] = {}


@dataclass(frozen=True)
class Description:
    """What is known of a class before its instrument is reached.

    Attributes:
        members: what it can do, by our names.
        settings: what it would have PyMeasure open its device with.
    """

    members: Mapping[str, Member]
    settings: Mapping[str, Any]

    def line_end(self, name: str, scheme: str) -> str:
        """Return ``write_termination`` or ``read_termination`` as the class has it for a link, else LF."""
        special = [self.settings.get(kind) for kind in _KINDS.get(scheme, ())]
        tables = [each for each in (*special, self.settings) if isinstance(each, Mapping)]
        return next((str(each[name]) for each in tables if isinstance(each.get(name), str)), "\n")

    def example_of_safe_state(self) -> str:
        """Return what a safe state of this class may look like, as the configuration has it."""
        settings = [name.removeprefix("set_") for name in self.members if name.startswith("set_")]
        off = [name for end in _OFF for name in settings if name.endswith(end)][:1]
        steps = [f'["{name}", false]' for name in off]
        steps += [f'"{name}"' for name in _STOPS if name in self.members][:1]
        return f"safe_state = [{', '.join(steps or _USUAL)}]"


def description_of(class_name: str, arguments: Mapping[str, Any]) -> Description:
    """Describe a class; it is made once for the same arguments.

    Raises:
        ConfigurationError: there is no such class, or it refuses the arguments.
    """
    key = f"{class_name} {sorted(arguments.items(), key=str)!r}"
    if key not in _known:
        _known[key] = _describe(class_name, arguments)
    return _known[key]


def _describe(class_name: str, arguments: Mapping[str, Any]) -> Description:
    from benchwright.instruments.drivers.pymeasure.adapter import Nowhere

    cls = find_class(class_name)
    check_arguments(cls, arguments)
    adapter = Nowhere()
    try:
        made = make(cls, adapter, arguments)
    except Exception as error:  # noqa: BLE001 - it may have asked the instrument that is not there, and more
        if arguments and isinstance(error, (TypeError, ValueError)):
            raise ConfigurationError(
                f"{cls.__name__} refuses its arguments: {first_line(error)}", key="options.arguments"
            ) from None
        made = _without_its_own_start(cls, adapter)
    return Description(describe(made), adapter.settings)


def _without_its_own_start(cls: Any, adapter: Any) -> Any:
    """Return an instance that has its channels and nothing that its constructor adds."""
    from benchwright.instruments.drivers.pymeasure.adapter import OnOurLink

    made = bound(cls).__new__(bound(cls))
    try:
        OnOurLink.__init__(made, adapter, cls.__name__, **adapter.settings)
    except Exception as error:  # noqa: BLE001 - a stranger's code
        raise ConfigurationError(f"{cls.__name__} cannot be made: {first_line(error)}") from None
    return made
