"""Accounts, orders and matching of the prediction market, exact to the last digit."""
