"""Plain English: the rules for docstrings and for texts that people read, and the places that break them."""
