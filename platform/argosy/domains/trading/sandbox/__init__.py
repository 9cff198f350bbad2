"""Venues on loopback: Polymarket and three exchanges, simulated or replayed.

Each speaks the wire format of the real venue.
"""
