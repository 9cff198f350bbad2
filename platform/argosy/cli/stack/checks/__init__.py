"""The checks of `argosy doctor`."""
