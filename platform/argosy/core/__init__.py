"""Pure modules for the product's terms: no I/O, and no clock except the one passed in."""
