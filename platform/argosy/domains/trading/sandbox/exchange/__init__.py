"""Sandbox module of the spot exchanges: their prices, accounts and servers."""
