"""Where runs leave their data: the rows while they run, their record, and the export of both."""
