"""Emergency states, limits, audit, health signals and messages to people."""
