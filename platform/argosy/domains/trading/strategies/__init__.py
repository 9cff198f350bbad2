"""Packaged strategies and bots: one JSON document each, copied to `examples/`."""
