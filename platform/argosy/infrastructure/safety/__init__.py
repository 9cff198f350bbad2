"""Emergency states and their enforcement, the guard, and the tamper-evident audit."""
