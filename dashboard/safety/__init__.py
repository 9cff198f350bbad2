"""Emergency states and the audit."""
