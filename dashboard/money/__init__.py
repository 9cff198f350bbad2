"""Ledger, portfolios and equity curves."""
