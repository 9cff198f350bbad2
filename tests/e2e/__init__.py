"""Browser tests against the real stack."""
