"""Market simulator: every value is a function of seed and time.

No state has to be stored.
"""
