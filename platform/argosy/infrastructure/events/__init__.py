"""The event bus: one ordered stream; memory and Redis implementations behind the same port."""
