"""What the form for a new instrument has to know of a driver."""

from typing import NamedTuple

from benchwright.core.descriptors import ParameterDescriptor


class DriverInfo(NamedTuple):
    """A driver: its name, what it is for, its options, and the soft limits of what has a unit."""

    name: str
    title: str
    help: str
    options: tuple[ParameterDescriptor, ...]
    limits: dict[str, str]

    @property
    def takes_tables(self) -> bool:
        """Whether it has options that are lists or tables, which are written in the file."""
        return any(option.type in ("list", "map") for option in self.options)


def all_drivers() -> list[DriverInfo]:
    """Return all drivers; imports them, which takes a moment."""
    from benchwright.instruments.drivers.registry import driver_class, driver_names

    infos = []
    for name in driver_names():
        driver = driver_class(name)
        described = driver.describe("")
        limits = {
            parameter.limit: parameter.unit
            for method in described.methods
            for parameter in method.parameters
            if parameter.unit and parameter.limit and parameter.type in ("float", "integer")
        }
        title = f"{described.maker} {described.model}".strip()
        infos.append(DriverInfo(name, title, described.help, tuple(driver.OPTIONS.values()), limits))
    return infos
