"""Recorded files as timed rows, in any format, with their problems counted."""
