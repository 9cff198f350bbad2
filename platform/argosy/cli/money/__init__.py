"""Commands for the ledger, capital and limits."""
