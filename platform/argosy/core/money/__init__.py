"""Money: exact sums, ledger, bookings, capital, equity, statements. Pure."""
