"""Parts of Argosy's own venue servers."""
