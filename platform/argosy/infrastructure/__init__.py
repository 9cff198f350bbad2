"""Adapters of the engine to the outside: config, logging, state, events, storage."""
