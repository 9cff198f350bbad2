"""Signatures against vectors that two independent implementations agreed on."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from argosy.domains.trading.venues.polymarket.signing import (
    EXCHANGE_V2,
    EXCHANGE_V3,
    NEG_RISK_V2,
    OrderDomain,
    OrderSigner,
    UnsignedOrder,
    hmac_signature,
    order_hash,
)
from argosy.errors import ConfigError

# A public development key: it has never held anything and never may.
KEY = SecretStr("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
SECRET = SecretStr("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
ORDER = UnsignedOrder(
    salt=479249096354,
    maker=ADDRESS,
    signer=ADDRESS,
    token_id=1234567890,
    maker_amount=2650000,
    taker_amount=5000000,
    side=0,
    signature_type=0,
    timestamp=1700000000000,
)


@pytest.fixture(scope="module")
def signer() -> OrderSigner:
    return OrderSigner(KEY)


def test_the_address_comes_from_the_key(signer: OrderSigner) -> None:
    assert signer.address == ADDRESS


def test_wallet_proof(signer: OrderSigner) -> None:
    assert signer.wallet_proof(1700000000) == (
        "0x659ed4b28ae28e0f038fdf0023c00863c9559caacb9ebc83f44eea87059a099a"
        "36f1e1dee110e7faa1c4f65d17489b2da1333ebef78bbe2116d81207b975052d1c"
    )


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/data/orders", "", "NTt0e8XQzUuVTici5whIU-0NfgRXijqf0FarNw-ik2Q="),
        ("DELETE", "/order", '{"orderID":"0xabc"}', "R6Zjd0XmcT575-SA5KWD9BUc-qkFqvudAxkHd3R1vpw="),
    ],
)
def test_trading_call(method: str, path: str, body: str, expected: str) -> None:
    assert hmac_signature(SECRET, 1700000000, method, path, body) == expected


@pytest.mark.parametrize(
    ("domain", "digest", "signature"),
    [
        (
            EXCHANGE_V2,
            "0x1e13ed90316158684f9d351f02924eca78bb13d17a8760b3f35bf4f6e91921f7",
            "0x38d12a1913dba615710e660a4723f1ed4b80d0e9afcde2ee0594baf6ecacfc7b"
            "1e4440f7b7fa39ed0422a7859f4ef1af7673a0fc47017feba2d454e9a00b82311b",
        ),
        (
            NEG_RISK_V2,
            "0xdfb158e2124636f36764e4031203873f530671707a29f6101382e9117c46e4cc",
            "0x13dbe848c706a0c6998033810010d32f90fd343e5f4a66a36f43862ea1c8ee7e"
            "1b69dce64f0e85337cd31e35fb46e49c4d9f698d53878d7137a4a94f7855153c1c",
        ),
        (
            EXCHANGE_V3,
            "0x1a904239e85c4a865ac8efde5042422eadb50102addee9855ad41b2d748c16ae",
            "0xd39291e494c2a424bfcc8d65ec51935de6d4acb78f429e681e7600187711c717"
            "3a0dde9666afbc3cb15909afc0961123aee128c9a2ff31760b37540f0e73e7551c",
        ),
    ],
)
def test_order(signer: OrderSigner, domain: OrderDomain, digest: str, signature: str) -> None:
    signed = signer.sign(ORDER, domain)
    assert signed.hash == digest == order_hash(ORDER, domain)
    assert signed.signature == signature


def test_a_wrong_key_is_refused_without_being_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        OrderSigner(SecretStr("0x1234not-a-key"))
    assert "1234not" not in str(caught.value.as_dict())


def test_a_wrong_secret_is_refused_without_being_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        hmac_signature(SecretStr("a"), 1, "GET", "/", "")
    assert "URL-safe" in str(caught.value)
