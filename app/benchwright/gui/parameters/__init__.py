"""The parameters of a script as a form: fields by type, filled with what was used last."""

from benchwright.gui.parameters.form import ParameterForm

__all__ = ["ParameterForm"]
