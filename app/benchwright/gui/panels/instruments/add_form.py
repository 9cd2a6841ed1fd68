"""The form for a new instrument: what goes into its table of the configuration."""

from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from benchwright.core.descriptors import ParameterDescriptor
from benchwright.core.errors import ArgumentError
from benchwright.gui import theme
from benchwright.gui.panels.instruments.argument_field import ArgumentField
from benchwright.gui.panels.instruments.driver_info import DriverInfo
from benchwright.gui.panels.instruments.found_ports import library_choice
from benchwright.gui.widgets.named import named
from benchwright.gui.widgets.switch import Switch
from benchwright.instruments.config_values import InstrumentConfig
from benchwright.instruments.discovery import FoundPort

_DEFAULT_TIMEOUT_S: Final = 2.0
_TIMEOUT: Final = ParameterDescriptor(
    name="timeout_s",
    unit="s",
    minimum=0.001,
    maximum=3600.0,
    default=_DEFAULT_TIMEOUT_S,
    required=False,
    help="of an exchange",
)
_END: Final = ParameterDescriptor(name="end", required=False)


class AddForm(QWidget):
    """Name, driver, link, timeout, and the options and soft limits that the driver has."""

    changed = Signal()
    identity_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._drivers: dict[str, DriverInfo] = {}
        self._port: FoundPort | None = None
        self.name = QLineEdit()
        self.driver = QComboBox()
        self.link = QLineEdit()
        self.ask = QToolButton()
        self.identity = QLabel()
        self._by_adapter = Switch()
        self.visa = library_choice("add.visa_library")
        self._help = QLabel()
        self._timeout = ArgumentField(_TIMEOUT, is_plain=True)
        self._options: dict[str, ArgumentField] = {}
        self._limits: dict[str, tuple[ArgumentField, ArgumentField]] = {}
        self._layout = QFormLayout(self)
        self._own_rows = 0
        self._arrange()
        self._connect()

    # --- parts ---------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        layout = self._layout
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        for widget, name, accessible in (
            (self.name, "add.name", "Name, as scripts call it"),
            (self.driver, "add.driver", "Driver"),
            (self.link, "add.link", "Link"),
            (self._by_adapter, "add.usb", "Name the USB adapter itself"),
        ):
            named(widget, name, accessible)
        self.name.setPlaceholderText("as scripts call it, such as motor")
        self.link.setPlaceholderText("serial:///dev/ttyUSB0?baudrate=19200, tcp://192.168.0.5:5025, visa://…")
        self.link.setFont(theme.fixed_font())
        for label in (self._help, self.identity):
            label.setWordWrap(True)
            label.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self.identity.setObjectName("add.identity")
        self.identity.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.identity.hide()
        self.ask.setObjectName("add.ask")
        self.ask.setText("Ask *IDN?")
        self.ask.setAccessibleName("Ask who is at this link")
        self.ask.setToolTip(
            "Opens the link and asks; an instrument that does not know *IDN? may be disturbed"
        )
        self.ask.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._by_adapter.hide()
        link = QHBoxLayout()
        link.addWidget(self.link, 1)
        link.addWidget(self.ask)
        layout.addRow("Name", self.name)
        driver = QVBoxLayout()
        driver.addWidget(self.driver)
        driver.addWidget(self._help)
        layout.addRow("Driver", driver)
        layout.addRow("Link", link)
        layout.addRow("", self._by_adapter)
        layout.addRow("VISA", self.visa)
        layout.setRowVisible(self.visa, False)
        layout.addRow("", self.identity)
        layout.addRow("Timeout", self._timeout)
        self._own_rows = layout.rowCount()

    def _connect(self) -> None:
        self.name.textChanged.connect(self.changed)
        self.link.textChanged.connect(self._on_link)
        self.driver.currentIndexChanged.connect(self._on_driver)
        self._by_adapter.toggled.connect(self.changed)
        self.visa.currentIndexChanged.connect(self.changed)
        self._timeout.changed.connect(self.changed)
        self.ask.clicked.connect(self.identity_wanted)

    def set_drivers(self, drivers: list[DriverInfo]) -> None:
        """Offer these drivers."""
        self._drivers = {info.name: info for info in drivers}
        self.driver.blockSignals(True)
        self.driver.clear()
        for info in drivers:
            self.driver.addItem(f"{info.name}   {info.title}", info.name)
        self.driver.blockSignals(False)
        self._on_driver()

    def use_port(self, port: FoundPort, visa_library: str) -> None:
        """Fill in a link that was found, by this library if it is a VISA resource."""
        self._port = port
        self.visa.setCurrentIndex(self.visa.findData(visa_library))
        self.link.setText(port.link)
        self._by_adapter.setVisible(bool(port.usb))
        self._by_adapter.setText(f"By its adapter {port.usb}, whatever number the port gets")
        self._by_adapter.setChecked(bool(port.usb))
        self.link.setFocus()
        self.changed.emit()

    def clear(self) -> None:
        """Begin anew."""
        self._port = None
        self.name.clear()
        self.link.clear()
        self.tell_identity("")
        self._by_adapter.hide()
        self._on_driver()

    def tell_identity(self, text: str) -> None:
        """Show what was answered to ``*IDN?``."""
        self.identity.setText(text)
        self.identity.setVisible(bool(text))

    @property
    def info(self) -> DriverInfo | None:
        """The chosen driver; None while they are looked for."""
        return self._drivers.get(self.driver.currentData() or "")

    @property
    def usb(self) -> str:
        """The adapter to name in place of the port, empty for the port."""
        return self._port.usb if self._port is not None and self._uses_adapter() else ""

    @property
    def visa_library(self) -> str:
        """Who talks to a VISA resource."""
        library = self.visa.currentData() if self.link.text().strip().startswith("visa://") else "@py"
        return str(library)

    def address(self) -> str:
        """Return the link as the configuration wants it; one by its adapter names no port."""
        link = self.link.text().strip()
        if self._port is None or not self._uses_adapter():
            return link
        return link.replace(self._port.link, "serial://", 1)

    def _uses_adapter(self) -> bool:
        port = self._port
        return (
            port is not None
            and bool(port.usb)
            and self._by_adapter.isChecked()
            and self.link.text().strip().startswith(port.link)
        )

    def _on_link(self, text: str) -> None:
        fits = self._port is not None and bool(self._port.usb) and text.strip().startswith(self._port.link)
        self._by_adapter.setVisible(fits)
        self._layout.setRowVisible(self.visa, text.strip().startswith("visa://"))
        self.tell_identity("")
        self.changed.emit()

    # --- what the driver has -------------------------------------------------------------------------------

    def _on_driver(self, _: int = 0) -> None:
        while self._layout.rowCount() > self._own_rows:
            self._layout.removeRow(self._own_rows)
        self._options.clear()
        self._limits.clear()
        info = self.info
        if info is not None:
            more = " Its commands are declared in the file." if info.takes_tables else ""
            self._help.setText(info.help + more)
            self._add_options(info)
            self._add_limits(info)
        self.changed.emit()

    def _add_options(self, info: DriverInfo) -> None:
        plain = [option for option in info.options if option.type not in ("list", "map")]
        for option in plain:
            field = self._options[option.name] = ArgumentField(option, is_plain=True)
            field.changed.connect(self.changed)
            label = QLabel(option.name.replace("_", " "))
            label.setToolTip(option.help)
            self._layout.addRow(label, field)

    def _add_limits(self, info: DriverInfo) -> None:
        for name, unit in info.limits.items():
            low, high = ArgumentField(_END, is_plain=True), ArgumentField(_END, is_plain=True)
            low.input.setAccessibleName(f"Lowest {name} {unit}")
            high.input.setAccessibleName(f"Highest {name} {unit}")
            row = QHBoxLayout()
            row.addWidget(low)
            row.addWidget(QLabel("to"))
            row.addWidget(high)
            row.addWidget(QLabel(unit))
            row.addStretch(1)
            self._limits[name] = low, high
            for field in (low, high):
                field.input.setObjectName(f"limit.{name}.{'low' if field is low else 'high'}")
                field.changed.connect(self.changed)
            label = QLabel(f"{name.replace('_', ' ')} limit")
            label.setToolTip("A soft limit: holds for every caller; empty for none")
            self._layout.addRow(label, row)

    # --- what is wanted ------------------------------------------------------------------------------------

    @property
    def is_begun(self) -> bool:
        """Whether enough is filled in to say what is wrong."""
        return bool(self.name.text().strip() and self.link.text().strip())

    def draft(self) -> InstrumentConfig:
        """Return what is filled in; the configuration's own reader judges the rest.

        Raises:
            ArgumentError: a number is none, or out of its range.
        """
        values: dict[str, Any] = {}
        for name, field in self._options.items():
            value = field.value("options")
            if value != field.parameter.default:
                values[name] = value
        return InstrumentConfig(
            name=self.name.text().strip(),
            driver=self.driver.currentData() or "",
            link=self.address(),
            usb=self.usb,
            visa_library=self.visa_library,
            timeout_s=self._timeout.number("the form") or _DEFAULT_TIMEOUT_S,
            options=values,
            limits=self._soft_limits(),
        )

    def _soft_limits(self) -> dict[str, tuple[float, float]]:
        limits: dict[str, tuple[float, float]] = {}
        for name, ends in self._limits.items():
            low, high = (end.number(f"the {name} limit") for end in ends)
            if low is None and high is None:
                continue
            if low is None or high is None:
                raise ArgumentError(f"the {name} limit needs both ends, or none")
            limits[name] = low, high
        return limits
