"""Node types of the trading domain."""
