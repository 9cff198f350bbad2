"""Wire formats of the venues, as routes."""
