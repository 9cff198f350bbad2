"""Actions: request, decision, sending, outcome, settlement. Pure."""
