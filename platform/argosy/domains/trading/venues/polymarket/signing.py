"""Signatures for Polymarket: EIP-712 for orders and wallet proofs, HMAC for trading calls.

Source: Polymarket CLOB documentation and its official clients after the order format of 2026-04-28 ("V2").
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from argosy.core.clock import Clock
from argosy.domains.trading.venues.polymarket.ethereum import ethereum
from argosy.errors import ConfigError
from argosy.infrastructure.resilience.http import Outgoing

if TYPE_CHECKING:
    from eth_account.messages import SignableMessage

ZERO32 = "0x" + "0" * 64
_CLOB_MESSAGE = "This message attests that I control the given wallet"
_ORDER_TYPE = {
    "Order": [
        {"name": "salt", "type": "uint256"},
        {"name": "maker", "type": "address"},
        {"name": "signer", "type": "address"},
        {"name": "tokenId", "type": "uint256"},
        {"name": "makerAmount", "type": "uint256"},
        {"name": "takerAmount", "type": "uint256"},
        {"name": "side", "type": "uint8"},
        {"name": "signatureType", "type": "uint8"},
        {"name": "timestamp", "type": "uint256"},
        {"name": "metadata", "type": "bytes32"},
        {"name": "builder", "type": "bytes32"},
    ]
}
_NESTED_TYPE = {
    "TypedDataSign": [
        {"name": "contents", "type": "Order"},
        {"name": "name", "type": "string"},
        {"name": "version", "type": "string"},
        {"name": "chainId", "type": "uint256"},
        {"name": "verifyingContract", "type": "address"},
        {"name": "salt", "type": "bytes32"},
    ],
    **_ORDER_TYPE,
}
_ORDER_TEXT = f"Order({','.join('{type} {name}'.format(**field) for field in _ORDER_TYPE['Order'])})".encode()
_AUTH_TYPE = {
    "ClobAuth": [
        {"name": "address", "type": "address"},
        {"name": "timestamp", "type": "string"},
        {"name": "nonce", "type": "uint256"},
        {"name": "message", "type": "string"},
    ]
}


@dataclass(frozen=True, slots=True)
class OrderDomain:
    """The contract that an order is signed for."""

    version: str
    contract: str


EXCHANGE_V2 = OrderDomain("2", "0xE111180000d2663C0091e4f400237545B87B996B")
NEG_RISK_V2 = OrderDomain("2", "0xe2222d279d744050d28e00520010520000310F59")
EXCHANGE_V3 = OrderDomain("3", "0xe3333700cA9d93003F00f0F71f8515005F6c00Aa")
AMOY_EXCHANGE_V3 = OrderDomain("3", "0x9fE6e61422AdB6F610d8597F9684b16912D50C3D")
POLYGON, AMOY = 137, 80002
_EXCHANGES_V3 = {POLYGON: EXCHANGE_V3, AMOY: AMOY_EXCHANGE_V3}
DEPOSIT_WALLET = 3
"""Signature type POLY_1271: the signer of an order is the wallet's contract.

The contract accepts signatures by its owner's key.
"""


def exchange_v3(chain_id: int) -> OrderDomain:
    """Return the version-3 exchange of a chain.

    Exchanges of version 2 have the same address on both chains.
    """
    return _EXCHANGES_V3[chain_id]


@dataclass(frozen=True, slots=True)
class UnsignedOrder:
    """An order before its signature.

    Amounts are in base units of 6 decimals. `side` is 0 to buy, 1 to sell. `timestamp` is in Unix milliseconds.
    """

    salt: int
    maker: str
    signer: str
    token_id: int
    maker_amount: int
    taker_amount: int
    side: int
    signature_type: int
    timestamp: int
    metadata: str = ZERO32
    builder: str = ZERO32


@dataclass(frozen=True, slots=True)
class SignedOrder:
    """An order with its signature. `hash` is the venue's id of the order."""

    order: UnsignedOrder
    hash: str
    signature: str


@dataclass(frozen=True, slots=True)
class ApiCredentials:
    key: SecretStr
    secret: SecretStr
    passphrase: SecretStr

    @classmethod
    def of(cls, key: str, secret: str, passphrase: str) -> ApiCredentials:
        return cls(SecretStr(key), SecretStr(secret), SecretStr(passphrase))


class OrderSigner:
    """Signer with one private key.

    Raises ConfigError for an invalid key; the key is never shown.
    """

    def __init__(self, private_key: SecretStr, chain_id: int = 137) -> None:
        try:
            self._account = ethereum().Account.from_key(private_key.get_secret_value())
        except Exception:  # noqa: BLE001 - whatever it says may hold the key
            raise ConfigError(
                "trading.polymarket.private_key is not a private key",
                expected="0x and 64 hex digits",
                found="something else (not shown)",
            ) from None
        self._chain_id = chain_id
        self.address: str = self._account.address

    @property
    def chain_id(self) -> int:
        return self._chain_id

    def sign(self, order: UnsignedOrder, domain: OrderDomain) -> SignedOrder:
        """Sign an order with the key, or for the deposit wallet that `order` names as its signer."""
        message = order_message(order, domain, self._chain_id)
        if order.signature_type == DEPOSIT_WALLET:
            wrapped = wallet_message(order, domain, self._chain_id)
            signature = bytes(self._account.sign_message(wrapped).signature)
            signature += wallet_suffix(message)
        else:
            signature = bytes(self._account.sign_message(message).signature)
        return SignedOrder(order, _digest(message), "0x" + signature.hex())

    def wallet_proof(self, timestamp: int, nonce: int = 0) -> str:
        """Return the signature of a level-1 call; `timestamp` is in Unix seconds."""
        values = {
            "address": self.address,
            "timestamp": str(timestamp),
            "nonce": nonce,
            "message": _CLOB_MESSAGE,
        }
        domain = {"name": "ClobAuthDomain", "version": "1", "chainId": self._chain_id}
        signed = self._account.sign_message(_typed(domain, _AUTH_TYPE, values))
        return "0x" + bytes(signed.signature).hex()


def order_message(order: UnsignedOrder, domain: OrderDomain, chain_id: int) -> SignableMessage:
    """Return the message that is signed for an order.

    The sandbox recovers the signer from the same message.
    """
    return _typed(_domain_fields(domain, chain_id), _ORDER_TYPE, _order_fields(order))


def wallet_message(order: UnsignedOrder, domain: OrderDomain, chain_id: int) -> SignableMessage:
    """Return the message that the owner of a deposit wallet signs.

    The order is nested in the wallet's own domain (ERC-7739).
    """
    values = {
        "contents": _order_fields(order),
        "name": "DepositWallet",
        "version": "1",
        "chainId": chain_id,
        "verifyingContract": order.signer,
        "salt": bytes(32),
    }
    return _typed(_domain_fields(domain, chain_id), _NESTED_TYPE, values)


def wallet_suffix(message: SignableMessage) -> bytes:
    """Return the bytes after the owner's signature.

    These are the exchange's domain, the order's hash, the order's type and the length of that type.
    """
    return message.header + message.body + _ORDER_TEXT + len(_ORDER_TEXT).to_bytes(2, "big")


def _order_fields(order: UnsignedOrder) -> dict[str, Any]:
    return {
        "salt": order.salt,
        "maker": order.maker,
        "signer": order.signer,
        "tokenId": order.token_id,
        "makerAmount": order.maker_amount,
        "takerAmount": order.taker_amount,
        "side": order.side,
        "signatureType": order.signature_type,
        "timestamp": order.timestamp,
        "metadata": bytes.fromhex(order.metadata[2:]),
        "builder": bytes.fromhex(order.builder[2:]),
    }


def _domain_fields(domain: OrderDomain, chain_id: int) -> dict[str, Any]:
    return {
        "name": "Polymarket CTF Exchange",
        "version": domain.version,
        "chainId": chain_id,
        "verifyingContract": domain.contract,
    }


def order_hash(order: UnsignedOrder, domain: OrderDomain, chain_id: int = 137) -> str:
    """Return the EIP-712 digest: 0x and 64 hex digits."""
    return _digest(order_message(order, domain, chain_id))


def hmac_signature(secret: SecretStr, timestamp: int, method: str, path: str, body: str) -> str:
    """Return the level-2 signature of a request.

    It covers the timestamp (Unix seconds), the method, the path without query, and the exact body text. Raises
    ConfigError if the secret is not URL-safe base64.
    """
    try:
        key = base64.urlsafe_b64decode(secret.get_secret_value())
    except (binascii.Error, ValueError):
        raise ConfigError(
            "trading.polymarket.api_secret is not a secret",
            expected="URL-safe base64",
            found="something else (not shown)",
        ) from None
    text = f"{timestamp}{method}{path}{body}".encode()
    return base64.urlsafe_b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


class WalletAuth:
    """Level-1 authentication with the wallet's key, to create or derive API credentials."""

    def __init__(self, signer: OrderSigner, clock: Clock) -> None:
        self._signer = signer
        self._clock = clock

    def apply(self, request: Outgoing) -> None:
        seconds = self._clock.now_ms() // 1000
        request.headers |= {
            "POLY_ADDRESS": self._signer.address,
            "POLY_SIGNATURE": self._signer.wallet_proof(seconds),
            "POLY_TIMESTAMP": str(seconds),
            "POLY_NONCE": "0",
        }

    def renew(self) -> bool:
        return False


class TradingAuth:
    """Level-2 authentication with API credentials, for every trading call."""

    def __init__(self, address: str, credentials: ApiCredentials, clock: Clock) -> None:
        self._address = address
        self._credentials = credentials
        self._clock = clock

    @property
    def owner(self) -> str:
        """API key; orders name it as their owner."""
        return self._credentials.key.get_secret_value()

    def apply(self, request: Outgoing) -> None:
        seconds = self._clock.now_ms() // 1000
        signature = hmac_signature(
            self._credentials.secret, seconds, request.method, request.path, request.body
        )
        request.headers |= {
            "POLY_ADDRESS": self._address,
            "POLY_API_KEY": self.owner,
            "POLY_PASSPHRASE": self._credentials.passphrase.get_secret_value(),
            "POLY_TIMESTAMP": str(seconds),
            "POLY_SIGNATURE": signature,
        }

    def renew(self) -> bool:
        return False


def _typed(domain: dict[str, Any], types: dict[str, Any], values: dict[str, Any]) -> SignableMessage:
    message: SignableMessage = ethereum().messages.encode_typed_data(domain, types, values)
    return message


def _digest(message: SignableMessage) -> str:
    from eth_utils.crypto import keccak

    return "0x" + keccak(b"\x19" + message.version + message.header + message.body).hex()
