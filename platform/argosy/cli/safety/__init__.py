"""Commands that stop and resume, cancel orders, and show the audit."""
