"""Bridge for freqtrade strategies: settings, signals, exits and callbacks.

The rules follow freqtrade's documentation.
"""
