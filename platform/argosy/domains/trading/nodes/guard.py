"""Guards between fresh books and the nodes that trade on them."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from argosy.core.clock import to_ms
from argosy.core.wire import Wire
from argosy.domains.trading.evidence import (
    HISTORY,
    EvidencePolicy,
    EvidenceVerdict,
    Observation,
    assess,
    pair_claim,
    quote_problem,
)
from argosy.domains.trading.market import BinaryMarket
from argosy.domains.trading.nodes.support import PairBooks
from argosy.errors import InvalidInput
from argosy.graph.context import NodeContext
from argosy.graph.node import Branch
from argosy.graph.registry import node


class GuardParams(EvidencePolicy):
    warm_up_s: float = Field(
        default=15,
        ge=0,
        le=600,
        title="Warm-up",
        description="Nothing passes this soon after the window opened: a token may still show the old market",
    )
    last_s: float = Field(
        default=15,
        ge=0,
        le=600,
        title="Close-down",
        description="Nothing passes this close to the end: books are thin and a lone leg could not be mended",
    )


class GuardReject(Wire):
    """Reason of a rejection. `sum` is the sum of the two best asks."""

    code: str
    reason: str
    sum: str | None = None


@node("trading.book_guard", category="condition", title="Book guard", branches=("ok", "reject"))
def book_guard(ctx: NodeContext, params: GuardParams, market: BinaryMarket, books: PairBooks) -> Branch:
    """Pass books as `ok` if both are valid quotes and an ask sum below 1 is proven real.

    Rejected with a reason: stale, one-sided, locked or crossed books. Also rejected: apparent arbitrage that a late
    read explains or that has not lasted long enough. Rules and reasons are in `argosy.domains.trading.evidence`.
    The node remembers the last observations of the market. A run that is delivered twice counts once.
    """
    if market.fees is None:
        raise InvalidInput(
            f"market {market.slug} charges fees by a schedule that is not known", expected="a fee schedule"
        )
    now_ms = ctx.clock.now_ms()
    observation = Observation.of(books.up, books.down)
    claim = pair_claim(market.fees)
    history = _remember(ctx, market.slug, observation)
    verdict = quote_problem(observation, now_ms, params)
    if verdict is None:
        claimed = claim(observation)
        verdict = _outside_hours(market, now_ms, params)
        if verdict is None and claimed is not None and claimed > 0:
            verdict = assess([Observation.from_json(raw) for raw in history], now_ms, params, claim)
    if verdict is None or verdict.ok:
        return Branch(branch="ok", value=books)
    total = observation.ask_sum()
    return Branch(
        branch="reject",
        value=GuardReject(
            code=verdict.code, reason=verdict.reason, sum=None if total is None else str(total)
        ),
    )


def _outside_hours(market: BinaryMarket, now_ms: int, params: GuardParams) -> EvidenceVerdict | None:
    left_s = (to_ms(market.window_end) - now_ms) / 1000
    if left_s < params.last_s:
        return EvidenceVerdict("closing", f"{left_s:.1f} s to the end of the window")
    if market.window_start is not None:
        open_s = (now_ms - to_ms(market.window_start)) / 1000
        if open_s < params.warm_up_s:
            return EvidenceVerdict("opening", f"the window opened {open_s:.1f} s ago")
    return None


def _remember(ctx: NodeContext, slug: str, observation: Observation) -> list[Any]:
    """Return the observations of this market, oldest first, including the new one.

    An observation that repeats the last reads is not added.
    """

    def add(old: Any) -> dict[str, Any]:
        kept = old["seen"] if old is not None and old["slug"] == slug else []
        if kept and Observation.from_json(kept[-1]).identity == observation.identity:
            return {"slug": slug, "seen": kept}
        return {"slug": slug, "seen": [*kept[1 - HISTORY :], observation.to_json()]}

    seen: list[Any] = ctx.documents.update(ctx.memory_namespace, f"guard:{ctx.node_id}", add)["seen"]
    return seen


class QuoteGuardParams(Wire):
    max_age_s: float = Field(
        default=3, gt=0, le=60, title="Oldest book", description="Older books are no quotes, seconds"
    )
    warm_up_s: float = Field(default=15, ge=0, le=600, title="Warm-up")
    last_s: float = Field(default=5, ge=0, le=600, title="Close-down")


@node("trading.quote_guard", category="condition", title="Quote guard", branches=("ok", "reject"))
def quote_guard(ctx: NodeContext, params: QuoteGuardParams, market: BinaryMarket, books: PairBooks) -> Branch:
    """Pass books that are valid quotes, for strategies that buy one outcome.

    No proof of an ask sum below 1 is needed. A buyer of one leg pays the worse of two prices: the outcome's own
    ask, and the price implied by the other outcome's bids. So an old book cannot make an outcome look cheap.
    """
    now_ms = ctx.clock.now_ms()
    observation = Observation.of(books.up, books.down)
    hours = GuardParams(max_age_s=params.max_age_s, warm_up_s=params.warm_up_s, last_s=params.last_s)
    verdict = quote_problem(observation, now_ms, hours) or _outside_hours(market, now_ms, hours)
    if verdict is None:
        return Branch(branch="ok", value=books)
    return Branch(branch="reject", value=GuardReject(code=verdict.code, reason=verdict.reason))
