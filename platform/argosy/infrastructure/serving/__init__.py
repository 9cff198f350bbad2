"""Protection of our own HTTP servers: who may ask, and how long a client may take."""
