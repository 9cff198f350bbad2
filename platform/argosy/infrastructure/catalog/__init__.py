"""Check, version and audit saved workflows and bots."""
