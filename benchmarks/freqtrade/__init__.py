"""Trades of the freqtrade bridge beside those of freqtrade's own backtester, on the same candles."""
