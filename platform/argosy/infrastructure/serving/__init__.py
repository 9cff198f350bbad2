"""Protection of our own HTTP servers: allowed origins, and time limits for clients."""
