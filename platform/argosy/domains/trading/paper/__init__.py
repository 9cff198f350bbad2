"""Simulated fills on real prices: the same venue interface, no money at risk."""
