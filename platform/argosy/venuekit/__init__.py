"""Parts that every domain needs to talk to, imitate and replay a venue."""
