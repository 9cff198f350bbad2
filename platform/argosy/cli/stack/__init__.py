"""Commands that start, stop, check and configure the stack."""
