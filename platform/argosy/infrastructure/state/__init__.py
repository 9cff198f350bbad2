"""Run state and small documents, in memory and in Redis, behind the same ports."""
