"""What people set: `settings.toml` in the data folder, written by hand or from the settings page."""

from benchwright.gui.settings.store import Settings
from benchwright.gui.settings.toml_file import FILE as SETTINGS_FILE
from benchwright.gui.settings.toml_file import SettingProblem

__all__ = ["SETTINGS_FILE", "SettingProblem", "Settings"]
