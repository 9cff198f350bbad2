"""Accounts, orders and matching: the venue's own books, exact to the last digit."""
