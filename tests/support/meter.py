"""A sandbox module of an invented domain: a meter that counts what an account draws and pays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from argosy.venuekit.sandbox.control import object_of
from argosy.venuekit.sandbox.environment import SandboxEnvironment
from argosy.venuekit.sandbox.faults import fault_of
from argosy.venuekit.sandbox.module import SandboxModule, VenueRecord
from argosy.venuekit.sandbox.reply import Json, error
from argosy.venuekit.sandbox.wallets import AssetWallets

PRICE = Decimal("0.25")
HOUR_MS = 3_600_000


class Meter(SandboxModule):
    """One EUR a venue hour as standing charge, and 0.25 EUR for each kWh."""

    name = "meter"
    prefixes = ("/meter",)
    faults = frozenset({"reject", "stuck"})

    def __init__(self, environment: SandboxEnvironment) -> None:
        self._environment = environment
        self._journal = environment.journal.part(self.name)
        self._wallets = AssetWallets(self._journal, environment.clock.now_ms)
        self._charged_ms = environment.clock.now_ms()
        for _, row in self._journal.rows("charged"):
            self._charged_ms = row["at"]

    def routes(self) -> Sequence[BaseRoute]:
        return [Route("/meter/reading", self._reading), Route("/meter/draw", self._draw, methods=["POST"])]

    def control_routes(self) -> Sequence[BaseRoute]:
        return [Route("/meter/tariff", self._tariff)]

    def advance(self, now_ms: int) -> Iterator[None]:
        while now_ms - self._charged_ms >= HOUR_MS:
            self._charged_ms += HOUR_MS
            for account in self._wallets.totals:
                self._wallets.change(account, "EUR", Decimal(-1), "standing", str(self._charged_ms))
            self._journal.put("charged", "", {"at": self._charged_ms})
            yield
        self._journal.commit()

    def state(self) -> Mapping[str, Any]:
        return {"customers": len(self._wallets.totals)}

    def accounts(self) -> Iterable[str]:
        return self._wallets.totals

    def account(self, name: str) -> Mapping[str, Any] | None:
        held = self._wallets.totals.get(name)
        return None if held is None else {"name": name, **held}

    def record(self, account: str) -> Mapping[str, VenueRecord]:
        moves = (
            {"asset": one.asset, "amount": one.amount, "why": one.why, "at": one.at_ms}
            for one in self._wallets.moves
            if one.account == account
        )
        holdings = dict(self._wallets.totals.get(account, {}))
        return {"meter": VenueRecord({"moves": moves}, {"holdings": holdings})}

    def deposit(self, account: str, amount: Decimal, asset: str | None) -> None:
        self._wallets.change(account, asset or "EUR", amount, "deposit", "")
        self._journal.commit()

    async def _reading(self, request: Request) -> Json:
        account = request.query_params.get("account", "")
        return Json({"kwh": self._wallets.total(account, "kWh"), "eur": self._wallets.total(account, "EUR")})

    async def _draw(self, request: Request) -> Json:
        fault = fault_of(request.scope)
        if fault is not None and fault.effect == "reject":
            return error("the meter is locked", 409)
        body = object_of(await request.body())
        account, kwh = str(body["account"]), Decimal(str(body["kwh"]))
        if fault is None or fault.effect != "stuck":
            self._wallets.change(account, "kWh", kwh, "draw", "")
        self._wallets.change(account, "EUR", -kwh * PRICE, "draw", "")
        self._journal.commit()
        return Json({"drawn": kwh})

    async def _tariff(self, request: Request) -> Json:
        return Json({"price": PRICE})
