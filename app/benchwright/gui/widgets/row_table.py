"""How the tables of the panels look: rows to choose from, calm, with room between them."""

from PySide6.QtWidgets import QAbstractItemView, QTableView


def show_as_rows(view: QTableView) -> None:
    """Let a table show one row per thing: chosen as a whole, one at a time, without a grid."""
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setShowGrid(False)
    view.setWordWrap(False)
    view.setTabKeyNavigation(False)
    view.verticalHeader().hide()
    view.verticalHeader().setDefaultSectionSize(view.fontMetrics().height() * 3 // 2)
    header = view.horizontalHeader()
    header.setHighlightSections(False)
    header.setStretchLastSection(True)
