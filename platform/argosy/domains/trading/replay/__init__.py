"""Recordings as venues: recorded data paced by a driven clock, in one process."""
