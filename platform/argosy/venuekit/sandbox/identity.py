"""Keys of accounts at the sandbox, derived from the names of bots and accounts.

The keys give access to Argosy's own venue server only.
"""

from __future__ import annotations

import hashlib
import hmac


def account_key(bot_id: str) -> str:
    """Return the secret key of a bot's account: 64 hex digits."""
    return hashlib.sha256(f"argosy sandbox {bot_id}".encode()).hexdigest()


def account_secret(purpose: str, account: str) -> str:
    """Return the secret of an account for one purpose: 64 hex digits.

    `purpose` names the kind of venue. Upper and lower case of the account are the same.
    """
    return hmac.new(
        f"argosy sandbox {purpose}".encode(), account.lower().encode(), hashlib.sha256
    ).hexdigest()
