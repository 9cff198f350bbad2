"""Live view: one reader of the event stream, and the events for each socket."""
