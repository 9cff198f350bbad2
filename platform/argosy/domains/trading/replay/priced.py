"""Names of the venues whose prices a recording may hold."""

PRICED = ("binance", "coinbase", "kraken", "chainlink", "pyth")
