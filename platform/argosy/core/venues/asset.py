"""Assets: anything with a value that can be held, rented, bought or allotted."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from argosy.core.wire import Wire


class AssetKind(StrEnum):
    SPOT = "spot"
    DERIVATIVE = "derivative"
    BINARY_OUTCOME = "binary_outcome"
    COMPUTE_CAPACITY = "compute_capacity"
    AD_INVENTORY = "ad_inventory"
    PRODUCT_SKU = "product_sku"
    CREDIT_POSITION = "credit_position"
    CUSTOM = "custom"


class Asset(Wire):
    """Asset at one venue; `symbol` is the venue's own name for it.

    `unit` names a quantity of 1.
    """

    kind: AssetKind
    symbol: str
    venue: str
    unit: str
    quote_currency: str = "USD"
    name: str = ""
    quantity_step: Decimal | None = None
    price_step: Decimal | None = None
    minimum_quantity: Decimal | None = None
    expires_at: datetime | None = None
    attributes: dict[str, str] = {}
