"""Authentication: wallet proofs (level 1) and API credentials (level 2).

Both are checked as the venue checks them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from argosy.domains.trading.sandbox.prediction.world import PredictionWorld
from argosy.domains.trading.venues.polymarket.ethereum import ethereum
from argosy.venuekit.sandbox.reply import integer

CHAIN_ID = 137
_SKEW_S = 10
"""Largest difference in seconds between a request's time and the venue's.

An older request is refused. A request that has not arrived by then never takes effect (see
`absence_proves_after_s`).
"""
_ADDRESS = re.compile(r"^0x[0-9a-fA-F]{40}$")
_MESSAGE = "This message attests that I control the given wallet"
_PROOF = {
    "ClobAuth": [
        {"name": "address", "type": "address"},
        {"name": "timestamp", "type": "string"},
        {"name": "nonce", "type": "uint256"},
        {"name": "message", "type": "string"},
    ]
}


class Unauthorized(Exception):
    """Failed authentication, answered with 401."""


@dataclass(frozen=True, slots=True)
class Credentials:
    key: str
    secret: str
    passphrase: str

    def wire(self) -> dict[str, str]:
        return {"apiKey": self.key, "secret": self.secret, "passphrase": self.passphrase}


def credentials_of(seed: int, address: str) -> Credentials:
    """Return the credentials of a wallet.

    They depend on seed and address only, so they survive a restart of the sandbox.
    """
    root = hmac.new(f"argosy sandbox {seed}".encode(), address.lower().encode(), hashlib.sha512).digest()
    secret = base64.urlsafe_b64encode(root[16:48]).decode()
    return Credentials(str(uuid.UUID(bytes=root[:16], version=4)), secret, root[48:64].hex())


def wallet(world: PredictionWorld, headers: Mapping[str, str]) -> str:
    """Return the address that signed a level 1 request. Raises Unauthorized."""
    address, signature = headers.get("poly_address", ""), headers.get("poly_signature", "")
    timestamp = headers.get("poly_timestamp", "")
    _check_time(world, timestamp)
    values = {
        "address": address,
        "timestamp": timestamp,
        "nonce": integer(headers.get("poly_nonce"), 0),
        "message": _MESSAGE,
    }
    domain = {"name": "ClobAuthDomain", "version": "1", "chainId": CHAIN_ID}
    if not _ADDRESS.match(address) or recover(domain, _PROOF, values, signature) != address.lower():
        raise Unauthorized
    return address.lower()


def trader(
    world: PredictionWorld, headers: Mapping[str, str], method: str, path: str, body: bytes
) -> tuple[str, Credentials]:
    """Return the wallet and the credentials of a level 2 request.

    A new account is opened. Raises Unauthorized.
    """
    address = headers.get("poly_address", "").lower()
    if not _ADDRESS.match(address) or address in world.revoked:
        raise Unauthorized
    known = credentials_of(world.seed, address)
    given = (headers.get("poly_api_key", ""), headers.get("poly_passphrase", ""))
    if not (_same(given[0], known.key) and _same(given[1], known.passphrase)):
        raise Unauthorized
    timestamp = headers.get("poly_timestamp", "")
    _check_time(world, timestamp)
    signed = f"{timestamp}{method}{path}".encode() + body
    digest = hmac.new(base64.urlsafe_b64decode(known.secret), signed, hashlib.sha256).digest()
    expected = base64.urlsafe_b64encode(digest).decode()
    if not _same(headers.get("poly_signature", ""), expected):
        raise Unauthorized
    world.engine.open_account(address)
    return address, known


def recover(
    domain: dict[str, object],
    types: dict[str, list[dict[str, str]]],
    values: dict[str, object],
    signature: str,
) -> str:
    """Return the address that signed typed data, in lower case; "" for an invalid signature."""
    try:
        return recover_signer(ethereum().messages.encode_typed_data(domain, types, values), signature)
    except (ValueError, TypeError):
        return ""


def recover_signer(message: object, signature: str) -> str:
    """Return the address that signed a message, in lower case; "" for an invalid signature."""
    try:
        return str(ethereum().Account.recover_message(message, signature=signature)).lower()
    except Exception:  # noqa: BLE001 - the library raises many kinds; all mean it is no signature
        return ""


def _check_time(world: PredictionWorld, timestamp: str) -> None:
    """Check that a request's time is within ten seconds of the venue's or the machine's.

    The two differ when the venue's clock runs faster. Raises Unauthorized.
    """
    seconds = integer(timestamp, 0)
    if not timestamp.isdecimal() or not any(
        abs(now_ms // 1000 - seconds) <= _SKEW_S for now_ms in (world.now_ms(), world.wall.now_ms())
    ):
        raise Unauthorized


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode(), known.encode())
