"""A venue on loopback: Polymarket and three exchanges in their own wire formats, simulated or replayed."""
