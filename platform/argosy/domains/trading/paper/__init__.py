"""Paper trading: simulated fills on real prices, behind the interface of a venue."""
