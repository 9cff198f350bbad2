"""Servers of the prediction market, in the wire format of Polymarket."""
