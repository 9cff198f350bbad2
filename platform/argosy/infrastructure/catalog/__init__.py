"""Saved workflows and bots: checked before they are stored, versioned, audited."""
