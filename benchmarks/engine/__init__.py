"""Nodes per second of Argosy's engine beside plain Celery canvases, in one run on one machine."""
