"""Pure modules for the product's terms: no I/O, and time only from the clock that is passed in."""
