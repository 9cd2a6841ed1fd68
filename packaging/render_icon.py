"""Renders the program's icon into the formats of Windows and macOS, whose bundles do not take SVG."""

import os
import sys
from pathlib import Path

ICON = Path(__file__).resolve().parents[1] / "resources" / "icons" / "benchwright.svg"
SIZE_PX = 256


def render_icon(target: Path) -> Path:
    """Write the icon in the format that the target's suffix names, and return the target."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication, QIcon

    app = QGuiApplication.instance() or QGuiApplication(sys.argv[:1])
    target.parent.mkdir(parents=True, exist_ok=True)
    if not QIcon(str(ICON)).pixmap(SIZE_PX).toImage().save(str(target)):
        raise OSError(f"{target} cannot be written in the format {target.suffix}")
    del app
    return target
