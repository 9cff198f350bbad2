"""Reports from the ledger: a bot's books, equity curves, checks, statements, exports."""
