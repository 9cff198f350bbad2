"""Keys and account name of a bot at the sandbox, derived from the bot's id.

The keys give access to Argosy's own venue server only.
"""

from __future__ import annotations

from functools import cache

from argosy.venuekit.sandbox.identity import account_key, account_secret


def private_key(bot_id: str) -> str:
    """Return the key of the bot's wallet: 0x and 64 hex digits."""
    return "0x" + account_key(bot_id)


@cache
def account_of(bot_id: str) -> str:
    """Return the name of the bot's account in the venue's record.

    The name is the address of the bot's wallet, in lower case.
    """
    from pydantic import SecretStr

    from argosy.domains.trading.venues.polymarket.signing import OrderSigner

    return OrderSigner(SecretStr(private_key(bot_id))).address.lower()


def exchange_secret(api_key: str) -> str:
    """Return the secret of an API key at the sandbox's exchanges.

    The API key is the name of the account.
    """
    return account_secret("exchange", api_key)
