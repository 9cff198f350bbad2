"""Command `argosy new` and its templates."""
