"""How fast what happens reaches a browser, beside the barest thing that could carry it."""
