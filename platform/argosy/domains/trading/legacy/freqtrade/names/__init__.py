"""Modules that strategy files import from `freqtrade`, where freqtrade itself is not installed. Written anew."""
