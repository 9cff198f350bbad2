"""The power exchange of the sandbox: hourly prices, orders that fill at once, a meter that charges by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from argosy.core.clock import from_ms
from argosy.venuekit.sandbox.chance import uniform
from argosy.venuekit.sandbox.control import object_of
from argosy.venuekit.sandbox.environment import SandboxEnvironment
from argosy.venuekit.sandbox.faults import fault_of
from argosy.venuekit.sandbox.module import SandboxModule, VenueRecord
from argosy.venuekit.sandbox.reply import Json, error
from argosy.venuekit.sandbox.timeline import Timeline, play
from argosy.venuekit.sandbox.wallets import AssetWallets
from support.electricity.recordings import FORMATS, HourPrice

HOUR_MS, METER_MS = 3_600_000, 10_000
SIZE, FEE, LOAD = Decimal(10), Decimal("0.05"), Decimal("0.002")
"""MWh offered on each side of an hour, fee per MWh, and MWh that the meter counts each time."""


class Power(SandboxModule):
    """Exchange for the next four hours."""

    name = "power"
    prefixes = ("/power",)
    faults = frozenset({"reject"})

    def __init__(self, environment: SandboxEnvironment) -> None:
        self._environment = environment
        self._journal = environment.journal.part(self.name)
        self._wallets = AssetWallets(self._journal, environment.clock.now_ms)
        self._orders: dict[str, dict[str, Any]] = dict(self._journal.rows("order"))
        self._charges: list[dict[str, Any]] = [row for _, row in self._journal.rows("charge")]
        metered = dict(self._journal.rows("metered"))
        now_ms = environment.clock.now_ms()
        self._recorded: Decimal | None = None
        recordings = [FORMATS.open(path) for path in environment.recordings]
        self._timelines = [
            Timeline[HourPrice](recordings, HOUR_MS // 1000, self._show, now_ms, loop=environment.loop)
            for _ in recordings[:1]
        ]
        self._metered_ms: int = metered[""]["at"] if metered else now_ms - now_ms % METER_MS

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/power/hours", self._hours),
            Route("/power/account", self._account),
            Route("/power/charges", self._list_charges),
            Route("/power/orders", self._place, methods=["POST"]),
            Route("/power/orders/{client_id}", self._order, methods=["GET", "DELETE"]),
        ]

    def advance(self, now_ms: int) -> Iterator[None]:
        yield from play(self._timelines, now_ms)
        while self._metered_ms + METER_MS <= now_ms:
            self._metered_ms += METER_MS
            for account in self._wallets.totals:
                amount = LOAD * self._price(self._metered_ms)
                charge = {
                    "id": f"{account}-{self._metered_ms}",
                    "at": self._metered_ms,
                    "amount": str(amount),
                }
                self._charges.append(charge | {"account": account})
                self._journal.put("charge", charge["id"], self._charges[-1])
                self._wallets.change(account, "USD", -amount, "meter", charge["id"])
            self._journal.put("metered", "", {"at": self._metered_ms})
            yield
        self._journal.commit()

    def accounts(self) -> Iterable[str]:
        return self._wallets.totals

    def account(self, name: str) -> Mapping[str, Any] | None:
        held = self._wallets.totals.get(name)
        return None if held is None else {"name": name, **held}

    def record(self, account: str) -> Mapping[str, VenueRecord]:
        orders = [row for row in self._orders.values() if row["account"] == account]
        charges = [row for row in self._charges if row["account"] == account]
        return {
            "power": VenueRecord({"orders": orders, "charges": charges}, {"balances": self.account(account)})
        }

    def _show(self, tick: HourPrice, shift_ms: int) -> None:
        self._recorded = tick.price

    def _price(self, at_ms: int) -> Decimal:
        if self._recorded is not None:
            return self._recorded
        return Decimal(40 + int(uniform(self._environment.seed, "hour", at_ms // HOUR_MS) * 40))

    def _offers(self) -> dict[str, Decimal]:
        first = self._environment.clock.now_ms() // HOUR_MS + 1
        starts = [(first + n) * HOUR_MS for n in range(4)]
        return {f"{from_ms(at):%Y-%m-%dT%H}": self._price(at) for at in starts}

    def _opened(self, request: Request) -> str:
        account = request.headers.get("x-account", "")[:64]
        self._wallets.open(account, {"USD": self._environment.opening_balance})
        return account

    async def _hours(self, request: Request) -> Json:
        return Json(
            [
                {"symbol": symbol, "bid": price - 1, "ask": price + 1, "size": SIZE}
                for symbol, price in self._offers().items()
            ]
        )

    async def _account(self, request: Request) -> Json:
        account = self._opened(request)
        self._journal.commit()
        held = self._wallets.totals[account]
        return Json({"cash": held["USD"], "held": {k: v for k, v in held.items() if k != "USD" and v}})

    async def _list_charges(self, request: Request) -> Json:
        account, since = self._opened(request), int(request.query_params.get("since", 0))
        return Json([row for row in self._charges if row["account"] == account and row["at"] >= since])

    async def _order(self, request: Request) -> Json:
        account = self._opened(request)
        row = self._orders.get(request.path_params["client_id"])
        if row is None or row["account"] != account:
            return error("no such order", 404)
        if request.method == "DELETE" and row["status"] == "open":
            row["status"] = "cancelled"
            self._journal.put("order", row["client_id"], row)
            self._journal.commit()
        return Json(row)

    async def _place(self, request: Request) -> Json:
        account, body = self._opened(request), object_of(await request.body())
        fault = fault_of(request.scope)
        price, known = self._offers().get(body["symbol"]), self._orders.get(body["client_id"])
        if known is not None:
            return error("this order is known", 409)
        if price is None or (fault is not None and fault.effect == "reject"):
            return error("the hour is not traded", 422)
        row = body | {"id": f"p{len(self._orders) + 1}", "account": account, "status": "open", "deals": []}
        self._match(row, price)
        self._orders[body["client_id"]] = row
        self._journal.put("order", body["client_id"], row)
        self._journal.commit()
        return Json(row)

    def _match(self, row: dict[str, Any], price: Decimal) -> None:
        """Fill at once what fits; the rest of an order that does not rest is cancelled."""
        account, symbol, buys = row["account"], row["symbol"], row["side"] == "buy"
        price += 1 if buys else -1
        limit, wanted = Decimal(row["limit"]), Decimal(row["quantity"])
        have = (
            self._wallets.total(account, "USD") / (price + FEE)
            if buys
            else self._wallets.total(account, symbol)
        )
        filled = min(wanted, SIZE, have) if (limit >= price if buys else limit <= price) else Decimal(0)
        if filled > 0:
            sign, ref = (1 if buys else -1), row["id"]
            self._wallets.change(account, symbol, sign * filled, "deal", ref)
            self._wallets.change(account, "USD", -sign * filled * price - filled * FEE, "deal", ref)
            at_ms = self._environment.clock.now_ms()
            deal = {"id": f"{ref}-1", "quantity": str(filled), "price": str(price), "at": at_ms}
            row["deals"] = [deal | {"fee": str(filled * FEE)}]
        row["status"] = "filled" if filled == wanted else "open" if row["rests"] else "cancelled"
