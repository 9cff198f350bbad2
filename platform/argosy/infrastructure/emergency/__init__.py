"""Emergency states: the desk that changes them, the flags every node reads, the guard, and what enforces them."""
