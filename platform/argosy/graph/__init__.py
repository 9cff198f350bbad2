"""From a drawn workflow to canvases: registry, document, validation, plan, canvas."""
