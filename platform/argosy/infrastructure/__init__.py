"""Everything that touches the outside on behalf of the engine: config, logging, state, events, storage."""
