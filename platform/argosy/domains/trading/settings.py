"""Settings of the trading domain (section `trading`)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from argosy.infrastructure.config.sections import Section

SANDBOX_PATHS = {
    "gamma": "/polymarket/gamma",
    "clob": "/polymarket/clob",
    "data": "/polymarket/data",
    "ws": "/polymarket/ws/market",
    "binance": "/binance",
    "coinbase": "/coinbase",
    "kraken": "/kraken",
}


class PolymarketSettings(Section):
    """Addresses of Polymarket, and the keys for trading there. Reading needs no keys."""

    gamma_url: str = Field(
        "https://gamma-api.polymarket.com", description="Market metadata (Gamma) base URL."
    )
    clob_url: str = Field(
        "https://clob.polymarket.com", description="Order books and orders (CLOB) base URL."
    )
    data_url: str = Field("https://data-api.polymarket.com", description="Positions (Data API) base URL.")
    ws_url: str = Field(
        "wss://ws-subscriptions-clob.polymarket.com/ws/market", description="Market channel WebSocket URL."
    )
    chain_id: Literal[137, 80002] = Field(137, description="137 is Polygon, 80002 the Amoy test chain.")
    private_key: SecretStr | None = Field(None, description="Key that signs orders, 0x and 64 hex digits.")
    funder: str | None = Field(
        None, description="Wallet that holds the funds; the key's own address when unset."
    )
    signature_type: Literal[0, 1, 2, 3] = Field(
        0,
        description="0 key's own wallet, 1 proxy wallet, 2 Gnosis safe, 3 deposit wallet (accounts made since "
        "May 2026); all but 0 need `funder`.",
    )
    api_key: SecretStr | None = Field(None, description="API key; derived from the private key when unset.")
    api_secret: SecretStr | None = Field(None, description="API secret, URL-safe base64.")
    api_passphrase: SecretStr | None = Field(None, description="API passphrase.")
    trading_enabled: bool = Field(
        False, description="Deliberate switch: without it the adapter refuses to place orders at the venue."
    )
    series: tuple[str, ...] = Field(
        ("btc-updown-15m",), description="Recurring markets listed as assets, as slug prefixes."
    )


class ExchangeSettings(Section):
    """Settings of one crypto exchange.

    It offers reference prices, and orders if it has a key and trading is enabled.
    """

    enabled: bool = Field(True, description="Whether this exchange is offered as a venue.")
    base_url: str | None = Field(None, description="Another server that speaks the exchange's format.")
    timeout_s: float = Field(10.0, gt=0, le=120, description="Time limit of one call, seconds.")
    max_age_s: float = Field(15.0, gt=0, le=3600, description="Older prices are refused as stale, seconds.")
    api_key: SecretStr | None = Field(None, description="API key; only trading needs one (binance).")
    api_secret: SecretStr | None = Field(None, description="API secret that belongs to the key.")
    trading_enabled: bool = Field(
        False, description="Deliberate switch: without it the adapter refuses to place orders."
    )

    @property
    def tradable(self) -> bool:
        """True if trading is enabled and both halves of a key are set."""
        return self.trading_enabled and self.api_key is not None and self.api_secret is not None


class TradingSettings(Section):
    """Settings of the section `trading`."""

    polymarket: PolymarketSettings = PolymarketSettings()
    binance: ExchangeSettings = ExchangeSettings()
    coinbase: ExchangeSettings = ExchangeSettings()
    kraken: ExchangeSettings = ExchangeSettings()
    timeout_s: float = Field(10.0, gt=0, le=120, description="Time limit of one call to a venue, seconds.")

    def exchange(self, name: str) -> ExchangeSettings:
        """Return the settings of `binance`, `coinbase` or `kraken`."""
        return {"binance": self.binance, "coinbase": self.coinbase, "kraken": self.kraken}[name]

    def switched_on(self) -> TradingSettings:
        """Return the settings with trading enabled at every venue."""
        on = {"trading_enabled": True}
        venues = {"polymarket": self.polymarket.model_copy(update=on)} | {
            name: self.exchange(name).model_copy(update=on) for name in ("binance", "coinbase", "kraken")
        }
        return self.model_copy(update=venues)

    def at_sandbox(self, base_url: str) -> TradingSettings:
        """Return the settings with every address at the sandbox server `base_url`.

        Example: http://127.0.0.1:8710.
        """
        root = base_url.rstrip("/")
        at = {name: root + path for name, path in SANDBOX_PATHS.items()}
        socket = "ws" + at["ws"].removeprefix("http")
        polymarket = {
            "gamma_url": at["gamma"],
            "clob_url": at["clob"],
            "data_url": at["data"],
            "ws_url": socket,
            "chain_id": 137,
        }
        return self.model_copy(
            update={
                "polymarket": self.polymarket.model_copy(update=polymarket),
                **{
                    name: self.exchange(name).model_copy(update={"base_url": at[name]})
                    for name in ("binance", "coinbase", "kraken")
                },
            }
        )
