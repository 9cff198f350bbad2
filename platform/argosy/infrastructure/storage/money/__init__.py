"""Ledger, positions, capital, equity, prices and reconciliations."""
