"""The tamper-evident record of changes."""
