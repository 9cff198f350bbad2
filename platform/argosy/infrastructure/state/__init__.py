"""Run state and small documents: memory and Redis implementations behind the same ports."""
