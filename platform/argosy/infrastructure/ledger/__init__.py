"""What the ledger says: books of a bot, equity curves, checks, statements, exports."""
