"""The live side: one reader of the event stream, and what each socket is sent of it."""
