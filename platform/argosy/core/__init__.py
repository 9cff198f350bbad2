"""The product's words as small pure modules: no I/O, no clock but the one passed in."""
