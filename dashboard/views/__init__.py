"""Read models: records, run state and events, combined into the models of the wire."""
