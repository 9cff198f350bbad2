"""Read models: records, run state and events, put together into what the wire shows."""
