"""Parts of venue adapters."""
