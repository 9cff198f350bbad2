"""Signatures against vectors that two independent implementations agreed on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import SecretStr

from argosy.domains.trading.venues.polymarket.signing import (
    DEPOSIT_WALLET,
    EXCHANGE_V2,
    EXCHANGE_V3,
    NEG_RISK_V2,
    OrderDomain,
    OrderSigner,
    UnsignedOrder,
    exchange_v3,
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


@pytest.mark.parametrize(
    ("chain", "digest", "signature"),
    [
        (
            137,
            "0x1a904239e85c4a865ac8efde5042422eadb50102addee9855ad41b2d748c16ae",
            "0xd39291e494c2a424bfcc8d65ec51935de6d4acb78f429e681e7600187711c717"
            "3a0dde9666afbc3cb15909afc0961123aee128c9a2ff31760b37540f0e73e7551c",
        ),
        (
            80002,
            "0x6d5c226bc2b473b48fea838e53c1725545736d763d571ba0f9211d4909107908",
            "0x2b55f5b7cb985f0683db840cfba760359451b36753f0b4f985bbe59e6f12c497"
            "771052456541eb7e73c3d71707dbd3aa897cf77b44edef248e95add25765076a1c",
        ),
    ],
)
def test_each_chain_has_an_exchange_of_version_3_of_its_own(chain: int, digest: str, signature: str) -> None:
    signed = OrderSigner(KEY, chain).sign(ORDER, exchange_v3(chain))
    assert (signed.hash, signed.signature) == (digest, signature)


ORDER_TYPE = (
    b"Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount,uint256 takerAmount,"
    b"uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata,bytes32 builder)"
)


@pytest.mark.parametrize(
    ("chain", "domain", "digest", "owner", "exchange"),
    [
        (
            137,
            EXCHANGE_V2,
            "0x24f2123062b140d6d8924a290ed845328e5ab6010119410ab9a9fc555c801d00",
            "4afbd55e6b4ce65469f400aed763d07f031cf22877a77f063dd9f23bcfcd7984"
            "227927ff608174519a2a5184114fcac62fe878ea2d77f92be9fd3caed6f6cecc1b",
            "3264e159346253e26a64e00b69032db0e7d32f94628de3e6eecb50304d7af3d2",
        ),
        (
            80002,
            exchange_v3(80002),
            "0x4f4cfe632423737d46ca5cb193160872f352aff0e264459f8c9ecd1fcfb82e56",
            "7e101a315b9d2e461004b8cc9e9ea715a21a3d382ccc9d5d1ad4ed2511064c8f"
            "233719e8d51faf9c522513f1ddf43d82d0c14b350c1535706766f8bedb7a5bf01b",
            "df8b5fd204134b8d562677d7fc9346884e8f02ef2fd43358239393723e8833e6",
        ),
    ],
)
def test_the_owner_of_a_deposit_wallet_signs_for_it(
    chain: int, domain: OrderDomain, digest: str, owner: str, exchange: str
) -> None:
    """As py-clob-client-v2 1.2.1 does: the owner's signature, then what the wallet needs to check it."""
    wallet = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
    order = replace(ORDER, maker=wallet, signer=wallet, signature_type=DEPOSIT_WALLET)
    signed = OrderSigner(KEY, chain).sign(order, domain)
    contents = "8f6538b88168a3d56d82dfd61fc4110f62feba31a476ad2fd3038e48675fddc7"
    assert signed.hash == digest
    assert signed.signature == f"0x{owner}{exchange}{contents}{ORDER_TYPE.hex()}{len(ORDER_TYPE):04x}"


def test_a_wrong_key_is_refused_without_being_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        OrderSigner(SecretStr("0x1234not-a-key"))
    assert "1234not" not in str(caught.value.as_dict())


def test_a_wrong_secret_is_refused_without_being_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        hmac_signature(SecretStr("a"), 1, "GET", "/", "")
    assert "URL-safe" in str(caught.value)
