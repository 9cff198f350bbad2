"""The venues' wire formats, as routes."""
