"""Who a bot is at the sandbox: keys made up from its id, which open nothing but Argosy's own venue server."""

from __future__ import annotations

import hashlib
import hmac
from functools import cache


def private_key(bot_id: str) -> str:
    """The wallet's key, 0x and 64 hex digits."""
    return "0x" + hashlib.sha256(f"argosy sandbox {bot_id}".encode()).hexdigest()


@cache
def account_of(bot_id: str) -> str:
    """Name of the bot's account in the venue's record: its wallet's address, lower case."""
    from pydantic import SecretStr

    from argosy.domains.trading.venues.polymarket.signing import OrderSigner

    return OrderSigner(SecretStr(private_key(bot_id))).address.lower()


def exchange_secret(api_key: str) -> str:
    """The secret that belongs to an API key at the sandbox's exchanges; the key is the account's name."""
    return hmac.new(b"argosy sandbox exchange", api_key.lower().encode(), hashlib.sha256).hexdigest()
