"""Modules that strategy files import from `freqtrade`, without freqtrade.

The code is written anew.
"""
