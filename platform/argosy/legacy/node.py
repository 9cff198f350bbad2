"""Node that runs a legacy strategy."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from pydantic import Field, model_validator

from argosy.core.actions.action import ActionResult
from argosy.core.actions.opportunity import Opportunity, OpportunityKind, OpportunityState
from argosy.core.money.money import ZERO, decimal
from argosy.core.venues.venue import Venue
from argosy.core.wire import Wire
from argosy.domains.trading.market import AccountVenue
from argosy.domains.trading.venues.replies.fields import field as read
from argosy.errors import ArgosyError, InvalidInput, NodeError, NotFound, VenueUnsupported
from argosy.graph.context import NodeContext
from argosy.graph.node import RetryPolicy
from argosy.graph.registry import node
from argosy.legacy import strategies
from argosy.legacy.calls import Calls
from argosy.legacy.facade import AsyncVenueProvider, VenueProvider
from argosy.legacy.memory import StrategyMemory, attributes, changed_attributes, encode, restore
from argosy.legacy.polling import Drive, Looked, is_async, poll
from argosy.legacy.signals import SignalStrategy
from argosy.legacy.working import WorkingOrders

_MARKET = ("assets", "quote", "order_book", "balances")
_OPPORTUNITIES = 1_000_000  # ids of opportunities start above those of actions


class PollParams(Wire):
    """Parameters of a poll. `config` is passed to the strategy unchanged."""

    strategy: str = Field(min_length=1, max_length=100, title="Strategy", description="Its registered name.")
    venue: str = Field(default="polymarket", min_length=1, max_length=64, title="Venue")
    config: dict[str, Any] = Field(default={}, title="The strategy's own settings")
    drive: Drive = Field(
        default="poll",
        title="Drive",
        description='"loop" runs its own loop for one round instead of its methods.',
    )
    slippage: Decimal = Field(
        default=Decimal("0.01"), ge=0, le=Decimal("0.5"), title="Market orders: most beyond the best price"
    )
    maximum_actions: int = Field(default=20, ge=1, le=100, title="Most actions in a poll")

    @model_validator(mode="after")
    def _may_run(self) -> PollParams:
        """Refuse an unsuitable candle strategy when its workflow is checked or saved.

        A strategy that is not installed here may be on the workers: it is searched when it runs.
        """
        try:
            strategies.check(self.strategy, self.config)
        except NotFound:
            return self
        except ArgosyError as error:
            raise ValueError(str(error)) from error
        return self


class PollOutputs(Wire):
    """Outputs of a poll.

    `traded` is the turnover of this poll's fills in the venue's quote currency. `warnings` name the reasons why a
    candle strategy cannot decide as intended.
    """

    opportunities: list[Opportunity]
    results: list[ActionResult]
    traded: Decimal
    warnings: list[str] = []


@node(
    "legacy.poll",
    category="executor",
    title="Poll a legacy strategy",
    pool="io",
    timeout_s=30,
    retry=RetryPolicy(max_attempts=1),
    reduces=True,
)
def legacy_poll(ctx: NodeContext, params: PollParams) -> PollOutputs:
    """Run one round of a legacy strategy: find_opportunity, should_execute, execute.

    Its provider is the venue; its orders go through the gateway under ids of this run. Its plain attributes are
    restored at the next poll, on any worker.
    """
    venue = _market(ctx.venues.get(params.venue))
    working = WorkingOrders(ctx.documents, ctx.memory_namespace, f"legacy.orders:{ctx.node_id}")
    provider = VenueProvider(
        venue,
        ctx.gateway,
        ctx.client_id,
        ctx.clock,
        slippage=params.slippage,
        maximum_actions=params.maximum_actions,
        parameters=lambda asset: {"decidedAt": str(ctx.clock.now_ms()), **asset.attributes},
        known=working.known(),
    )
    strategy = _made(provider, params)
    fresh = {name: encode(value) for name, value in attributes(strategy).items()}
    memory = StrategyMemory(ctx.documents, ctx.memory_namespace, f"legacy:{ctx.node_id}")
    before = memory.before(ctx.run_id)
    restore(strategy, before)
    calls = Calls(strategy, timeout_s=ctx.timeout_s)
    try:
        done = poll(strategy, calls, drive=params.drive)
    except ArgosyError:
        raise
    except Exception as error:
        raise NodeError(
            f"the strategy {params.strategy} failed", found=f"{type(error).__name__}: {str(error)[:200]}"
        ) from error
    finally:
        calls.close()
        working.keep(provider)
        memory.after(ctx.run_id, before, changed_attributes(fresh, attributes(strategy)))
    opportunities = [_opportunity(ctx, place, looked) for place, looked in enumerate(done.looked)]
    for opportunity, looked in zip(opportunities, done.looked, strict=True):
        ctx.emit_opportunity(opportunity, taken=looked.taken)
    warnings = list(strategy.warnings) if isinstance(strategy, SignalStrategy) else []
    for text in warnings:
        ctx.log.warning(f"{params.strategy}: {text}")
    fills = [fill for result in provider.results for fill in result.fills]
    return PollOutputs(
        opportunities=opportunities,
        results=provider.results,
        traded=sum((fill.quantity * fill.price for fill in fills), ZERO),
        warnings=warnings,
    )


def _made(provider: VenueProvider, params: PollParams) -> Any:
    make = strategies.factory(params.strategy)
    if is_async(make):
        return strategies.build(make, AsyncVenueProvider(provider), params.config)
    made = strategies.build(make, provider, params.config)
    if not isinstance(make, type) and is_async(made):  # the kind of a factory shows only in its product
        return strategies.build(make, AsyncVenueProvider(provider), params.config)
    return made


def _opportunity(ctx: NodeContext, place: int, looked: Looked) -> Opportunity:
    raw = looked.opportunity
    confidence = _number(read(raw, "confidence", "score", "probability"))
    details = read(raw, "metadata", "details", "data")
    return Opportunity(
        id=ctx.client_id(_OPPORTUNITIES + place),
        kind=OpportunityKind.CUSTOM,
        confidence=float(min(max(confidence, ZERO), Decimal(1))),
        expected_profit=_number(read(raw, "expected_profit", "profit", "expected_return")),
        cost=_number(read(raw, "cost", "capital_required", "required_capital", "size_usd")),
        state=OpportunityState.TAKEN if looked.taken else OpportunityState.DECLINED,
        reason=None if looked.taken else "the strategy declined it",
        details={str(key): _plain(value) for key, value in details.items()}
        if isinstance(details, dict)
        else {},
    )


def _number(value: Any) -> Decimal:
    try:
        return ZERO if value is None else decimal(value)
    except InvalidInput:
        return ZERO


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def _market(venue: Venue) -> AccountVenue:
    """Return the venue as a market. Raises VenueUnsupported."""
    # By name: a dry run wraps the venue, and `isinstance` of later Pythons does not see methods behind a wrapper.
    if missing := [name for name in _MARKET if not hasattr(venue, name)]:
        raise VenueUnsupported(
            f"{venue.name} is no market for a legacy strategy: it has no {', '.join(missing)}",
            remedy="name an exchange or a prediction market in the node's parameters",
        )
    return cast("AccountVenue", venue)
