"""Proof by chaos: the whole platform trades at the sandbox venue while its parts are killed, starved and lied to."""
