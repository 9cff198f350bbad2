"""Workflow engine, from a drawn workflow to canvases: registry, document, validation, plan."""
