"""Recordings as venues: what was seen then, at the pace of a driven clock, for one process."""
