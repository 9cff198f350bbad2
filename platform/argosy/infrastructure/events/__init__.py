"""Event bus: one ordered stream, with a memory and a Redis implementation of one port."""
