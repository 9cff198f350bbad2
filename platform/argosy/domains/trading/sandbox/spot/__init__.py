"""Spot exchange: balances, limit and market orders, trades with their commissions."""
