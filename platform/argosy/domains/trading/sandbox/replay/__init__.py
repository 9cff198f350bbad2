"""Recordings behind the same feeds as the simulator, shifted to the present."""
