"""Parts of a replay over recorded data."""
