"""Strategies written for freqtrade: their settings, signals, exits and callbacks, by freqtrade's documented rules."""
