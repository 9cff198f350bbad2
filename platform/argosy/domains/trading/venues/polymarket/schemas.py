"""Models of Polymarket's replies: strict about fields in use, tolerant of all others."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from argosy.core.exact_json import load_exact
from argosy.venuekit.adapter.reply import read_reply

M = TypeVar("M", bound=BaseModel)


def _decoded(value: Any) -> Any:
    """Decode a list of Gamma, which is JSON inside a string."""
    if not isinstance(value, str):
        return value
    return load_exact(value)


def _moment(value: Any) -> Any:
    """Return a time in RFC 3339 or like `2026-06-08 00:05:25+00`; None for other values."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


TokenId = Annotated[str, Field(pattern=r"^[0-9]{1,78}$")]
Price = Annotated[Decimal, Field(gt=0, lt=1, decimal_places=8)]
Probability = Annotated[Decimal, Field(ge=0, le=1, decimal_places=18)]
Shares = Annotated[Decimal, Field(ge=0, le=Decimal(10) ** 15, decimal_places=18)]
Money = Annotated[Decimal, Field(ge=-(Decimal(10) ** 18), le=Decimal(10) ** 18, decimal_places=30)]
Milliseconds = Annotated[int, Field(ge=0, le=253_402_300_799_000)]
Strings = Annotated[list[str], BeforeValidator(_decoded)]
Probabilities = Annotated[list[Probability], BeforeValidator(_decoded)]
Moment = Annotated[AwareDatetime | None, BeforeValidator(_moment)]


class Tolerant(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="ignore",
        frozen=True,
        coerce_numbers_to_str=True,
    )


class FeeScheduleReply(Tolerant):
    rate: Annotated[Decimal, Field(ge=0, le=1, decimal_places=12)]
    exponent: Annotated[Decimal, Field(ge=0, le=10, decimal_places=6)]
    taker_only: bool = True


class CryptoMarketConfig(Tolerant):
    """Configuration of a crypto market.

    `id` names the settlement rule. The venue's field `duration` has several spellings and is not read.
    """

    id: str | None = None
    asset: str | None = None
    twap_enabled: bool | None = None
    twap_lookback_seconds: Annotated[int, Field(ge=0, le=86_400)] | None = None


class EventMetadata(Tolerant):
    price_to_beat: Money | None = None
    final_price: Money | None = None


class GammaMarket(Tolerant):
    slug: str
    condition_id: Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{64}$")]
    question: str = ""
    outcomes: Strings
    outcome_prices: Probabilities | None = None
    clob_token_ids: Annotated[list[TokenId], BeforeValidator(_decoded)]
    resolution_source: str | None = None
    event_start_time: Moment = None
    end_date: AwareDatetime
    closed_time: Moment = None
    active: bool = False
    closed: bool = False
    enable_order_book: bool = False
    accepting_orders: bool = False
    neg_risk: bool = False
    uma_resolution_status: str | None = None
    order_price_min_tick_size: Annotated[Decimal, Field(gt=0, lt=1, decimal_places=8)]
    order_min_size: Shares
    fees_enabled: bool | None = None
    fee_type: str | None = None
    fee_schedule: FeeScheduleReply | None = None
    crypto_market_config: CryptoMarketConfig | None = None


class GammaEvent(Tolerant):
    slug: str
    markets: list[dict[str, Any]]
    event_metadata: EventMetadata | None = None


class LevelReply(BaseModel):
    model_config = ConfigDict(extra="ignore")

    price: Price
    size: Shares


class BookReply(BaseModel):
    """Answer to `GET /book`.

    The best level is the last. `parse` reads the levels, to be fast with many of them.
    """

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    asset_id: TokenId
    timestamp: Milliseconds | None = None
    hash: str | None = None
    bids: list[Any]
    asks: list[Any]
    min_order_size: Shares | None = None
    tick_size: Annotated[Decimal, Field(gt=0, lt=1, decimal_places=8)] | None = None


class ClobFee(BaseModel):
    model_config = ConfigDict(extra="ignore")

    r: Annotated[Decimal, Field(ge=0, le=1, decimal_places=12)]
    e: Annotated[Decimal, Field(ge=0, le=10, decimal_places=6)]
    to: bool = True


class ClobMarket(BaseModel):
    """Answer to `GET /clob-markets/{conditionId}`.

    Fields: minimum size (`mos`), tick (`mts`), negative risk (`nr`), acceptance of orders (`ao`), fee details
    (`fd`), position version (`v`).
    """

    model_config = ConfigDict(extra="ignore")

    c: str
    mos: Shares
    mts: Annotated[Decimal, Field(gt=0, lt=1, decimal_places=8)]
    nr: bool = False
    ao: bool = True
    fd: ClobFee | None = None
    v: str = "v1"


class TokenMarket(BaseModel):
    model_config = ConfigDict(extra="ignore")

    condition_id: Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{64}$")]


class ApiKeyReply(Tolerant):
    api_key: str = Field(min_length=1)
    secret: str = Field(min_length=1)
    passphrase: str = Field(min_length=1)


def _amount(value: Any) -> Any:
    return None if value == "" else value


Amount = Annotated[Shares | None, BeforeValidator(_amount)]


class OrderReply(BaseModel):
    """Answer to `POST /order`; amounts in whole units, only when matched."""

    model_config = ConfigDict(extra="ignore")

    order_id: str = Field("", alias="orderID")
    status: str = ""
    making_amount: Amount = Field(None, alias="makingAmount")
    taking_amount: Amount = Field(None, alias="takingAmount")


class ClobOpenOrder(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    id: str
    status: str = ""
    side: str = ""
    asset_id: str = ""
    price: Price
    original_size: Shares
    size_matched: Shares
    created_at: Annotated[int, Field(ge=0, le=253_402_300_799)] | None = None


class MakerOrder(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    order_id: str
    matched_amount: Shares
    price: Price
    asset_id: str = ""
    side: str = ""
    maker_address: str = ""


class TradeReply(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    id: Annotated[str, Field(min_length=1, max_length=100)]
    taker_order_id: str = ""
    status: str = ""
    asset_id: str = ""
    side: str = ""
    trader_side: str = ""
    size: Shares
    price: Price
    match_time: Annotated[int, Field(ge=0, le=253_402_300_799)] | None = None
    maker_orders: list[MakerOrder] = []


class PageReply(BaseModel):
    model_config = ConfigDict(extra="ignore")

    data: list[dict[str, Any]]
    next_cursor: str | None = None


class CancelReply(BaseModel):
    model_config = ConfigDict(extra="ignore")

    canceled: list[str] = []
    not_canceled: dict[str, str] = {}


class BalanceReply(BaseModel):
    """Balance in base units of 6 decimals."""

    model_config = ConfigDict(extra="ignore")

    balance: Annotated[int, Field(ge=0)]


class PositionReply(Tolerant):
    asset: TokenId
    size: Shares
    avg_price: Probability
    cur_price: Probability | None = None
    end_date: str | None = None


def read(model: type[M], data: Any, what: str) -> M:
    """Return `data` as `model`. Raises BadReply with the first three faults."""
    return read_reply(model, data, f"Polymarket's {what}")
