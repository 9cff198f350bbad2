"""Chaos tests: the whole platform trades at the sandbox while its parts fail.

Processes are killed, resources run out, and clocks and replies are wrong.
"""
