"""Capital accounts of bots, and the split of each account over the bot's strategies.

Every change locks the account first. So no change falls between a gateway decision and its reservation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from argosy.core.money.capital import Available, Lending, Share, Use, available, check_shares
from argosy.core.money.money import ZERO
from argosy.core.safety.audit import Actor, AuditEntry
from argosy.errors import InvalidInput, NotFound
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.engine.rows import columns_of, record_of
from argosy.infrastructure.storage.models import BotRow, CapitalAccount, CapitalShare, IntentRow, PositionRow
from argosy.infrastructure.storage.models.intent import UNSETTLED
from argosy.infrastructure.storage.safety import audit

LAUNCHER = Actor(id="launcher")
_UNSETTLED = text(UNSETTLED)


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """Capital account of a bot; see `models.CapitalAccount`.

    `capital` is the bot's capital in its base currency.
    """

    bot_id: str
    lending: Lending
    live_enabled: bool
    reconciled_at: datetime | None
    reconciled_clean: bool
    blocked: str | None
    version: int
    capital: Decimal
    base_currency: str


_COLUMNS = [*columns_of(CapitalAccount, AccountRecord), BotRow.capital, BotRow.base_currency]


def _unknown(bot_id: str) -> NotFound:
    return NotFound("there is no such bot", found=bot_id, remedy="`argosy bots list` shows all")


def _locked(bot_id: str) -> Steps[AccountRecord]:
    if (yield select(BotRow.id).where(BotRow.id == bot_id)).one_or_none() is None:
        raise _unknown(bot_id)
    yield insert(CapitalAccount).values(bot_id=bot_id).on_conflict_do_nothing()
    query = (
        select(*_COLUMNS)
        .join(BotRow, BotRow.id == CapitalAccount.bot_id)
        .where(CapitalAccount.bot_id == bot_id)
    )
    return record_of(AccountRecord, (yield query.with_for_update(of=CapitalAccount)).one())


@operation
def lock(bot_id: str) -> Steps[AccountRecord]:
    """Return the bot's account, locked until the end of the transaction.

    Creates the account if it is missing. Raises NotFound for an unknown bot.
    """
    return (yield from _locked(bot_id))


def _account(bot_id: str) -> Steps[AccountRecord]:
    query = (
        select(*_COLUMNS)
        .join(BotRow, BotRow.id == CapitalAccount.bot_id)
        .where(CapitalAccount.bot_id == bot_id)
    )
    row = (yield query).one_or_none()
    if row is not None:
        return record_of(AccountRecord, row)
    bot = (yield select(BotRow.capital, BotRow.base_currency).where(BotRow.id == bot_id)).one_or_none()
    if bot is None:
        raise _unknown(bot_id)
    return AccountRecord(
        bot_id=bot_id,
        lending="none",
        live_enabled=False,
        reconciled_at=None,
        reconciled_clean=False,
        blocked=None,
        version=0,
        capital=bot.capital,
        base_currency=bot.base_currency,
    )


@operation
def account(bot_id: str) -> Steps[AccountRecord]:
    """Return the bot's account, or the defaults of a new one if it has none. Raises NotFound."""
    return (yield from _account(bot_id))


def _shares(bot_id: str) -> Steps[list[Share]]:
    query = select(CapitalShare.strategy_id, CapitalShare.weight, CapitalShare.lends)
    rows = yield query.where(CapitalShare.bot_id == bot_id).order_by(CapitalShare.strategy_id)
    return [Share(row.strategy_id, row.weight, row.lends) for row in rows]


@operation
def shares(bot_id: str) -> Steps[list[Share]]:
    """Return the bot's capital shares, ordered by strategy. Empty for a bot without a split."""
    return (yield from _shares(bot_id))


@operation
def uses(bot_id: str, mode: str) -> Steps[list[Use]]:
    """Return the capital in use per strategy in one mode.

    `reserved`: of unsettled actions. `invested`: cost of open positions.
    """
    return (yield from _uses(bot_id, mode))


def _uses(bot_id: str, mode: str) -> Steps[list[Use]]:
    # Open actions first: an action that fills between the two reads is counted twice rather than not at all.
    open_ = select(IntentRow.strategy_id, func.sum(IntentRow.reserved).label("amount"))
    open_ = open_.where(IntentRow.bot_id == bot_id, IntentRow.mode == mode, _UNSETTLED)
    reserved = {r.strategy_id: r.amount for r in (yield open_.group_by(IntentRow.strategy_id))}
    held = select(PositionRow.strategy_id, func.sum(func.greatest(PositionRow.cost, 0)).label("amount"))
    held = held.where(PositionRow.bot_id == bot_id, PositionRow.mode == mode, PositionRow.quantity != 0)
    invested = {r.strategy_id: r.amount for r in (yield held.group_by(PositionRow.strategy_id))}
    return [
        Use(name, reserved.get(name, ZERO), invested.get(name, ZERO))
        for name in sorted({*invested, *reserved})
    ]


@dataclass(frozen=True, slots=True)
class Split:
    """Capital account of a bot with its shares and their use, read in one transaction."""

    account: AccountRecord
    shares: Sequence[Share]
    uses: Sequence[Use]

    def available(self, strategy_id: str) -> Available:
        """Return the capital available to a strategy ("" is the bot itself).

        See `argosy.core.money.capital.available`.
        """
        return available(self.account.capital, self.shares, self.uses, self.account.lending, strategy_id)


@operation
def split(bot_id: str, mode: str) -> Steps[Split]:
    """Return the bot's capital split in one mode. Raises NotFound."""
    found = yield from _account(bot_id)
    return Split(found, (yield from _shares(bot_id)), (yield from _uses(bot_id, mode)))


@operation
def save_shares(
    bot_id: str,
    wanted: Sequence[Share],
    *,
    actor: Actor,
    at: datetime,
    reason: str = "",
    lending: Lending | None = None,
) -> Steps[bool]:
    """Replace the bot's shares, and with `lending` its policy. Return False if nothing changed.

    The change is audited. Capital in use stays in use: a strategy above its new share gets no new capital until its
    use falls below the share.

    Raises InvalidInput for weights that are not a valid split, NotFound for an unknown bot.
    """
    return (
        yield from change_shares(
            bot_id, lambda _: wanted, actor=actor, at=at, reason=reason, lending=lending
        ).steps()
    )


@operation
def change_shares(
    bot_id: str,
    change: Callable[[Sequence[Share]], Iterable[Share]],
    *,
    actor: Actor,
    at: datetime,
    reason: str = "",
    lending: Lending | None = None,
) -> Steps[bool]:
    """Apply `change` to the bot's current shares and save the result.

    The account is locked from read to write, so two concurrent changes of single shares are both kept. See
    `save_shares` for the rest.
    """
    before = yield from _locked(bot_id)
    old = yield from _shares(bot_id)
    new = sorted(change(old), key=lambda share: share.strategy_id)
    check_shares(new)
    policy = lending or before.lending
    if old == new and policy == before.lending:
        return False
    yield from _write(bot_id, new, policy)
    yield from _audit(bot_id, (old, before.lending), (new, policy), actor, reason, at)
    return True


@operation
def sync_from_workflow(bot_id: str, weights: Mapping[str, Decimal], at: datetime) -> Steps[bool]:
    """Copy the weights of the bot's workflow to its shares. Return False if no share changed.

    A weight set by a person stays until the workflow itself changes that weight. If the mix then sums to more than
    1, all weights come from the workflow.

    Raises InvalidInput for weights that are not a valid split, NotFound for an unknown bot.
    """
    check_shares(Share(name, weight) for name, weight in weights.items())
    before = yield from _locked(bot_id)
    rows = {
        row.strategy_id: row
        for row in (yield select(CapitalShare.__table__).where(CapitalShare.bot_id == bot_id))
    }
    if {name: row.workflow_weight for name, row in rows.items()} == dict(weights):
        return False
    new = []
    for name, weight in sorted(weights.items()):
        row = rows.get(name)
        kept = row is not None and row.workflow_weight == weight
        lends = True if row is None else row.lends
        new.append(Share(name, row.weight if row is not None and kept else weight, lends))
    if sum((share.weight for share in new), ZERO) > 1:
        new = [Share(share.strategy_id, weights[share.strategy_id], share.lends) for share in new]
    old = sorted(
        (Share(r.strategy_id, r.weight, r.lends) for r in rows.values()), key=lambda share: share.strategy_id
    )
    yield from _write(bot_id, new, before.lending, weights)
    if old != new:
        policy = before.lending
        yield from _audit(bot_id, (old, policy), (new, policy), LAUNCHER, "the bot's workflow", at)
    return old != new


@operation
def set_live(bot_id: str, enabled: bool, *, actor: Actor, reason: str, at: datetime) -> Steps[bool]:
    """Switch live mode of the bot on or off. Return False if it already was so.

    Live mode is refused without this switch. The change is audited. Switching on needs a reason (InvalidInput).
    Raises NotFound for an unknown bot.
    """
    if enabled and not reason.strip():
        raise InvalidInput("switching live mode on needs a reason", expected="why", found="nothing")
    before = yield from _locked(bot_id)
    if before.live_enabled == enabled:
        return False
    yield _touched(bot_id, live_enabled=enabled)
    entry = AuditEntry(
        actor=actor,
        action="live.switch",
        subject=f"bot:{bot_id}",
        reason=reason,
        before={"enabled": before.live_enabled},
        after={"enabled": enabled},
    )
    yield from audit.append(entry, at).steps()
    return True


def _touched(bot_id: str, **values: Any) -> Any:
    change = update(CapitalAccount).where(CapitalAccount.bot_id == bot_id)
    return change.values(version=CapitalAccount.version + 1, updated_at=func.now(), **values)


def _write(
    bot_id: str, new: Sequence[Share], lending: Lending, weights: Mapping[str, Decimal] | None = None
) -> Steps[None]:
    """Write shares and lending policy.

    `weights` is set only if the change comes from the workflow; it then becomes `workflow_weight`.
    """
    yield _touched(bot_id, lending=lending)
    gone = delete(CapitalShare).where(CapitalShare.bot_id == bot_id)
    yield gone.where(CapitalShare.strategy_id.not_in([share.strategy_id for share in new]))
    for share in new:
        values: dict[str, Any] = {"weight": share.weight, "lends": share.lends}
        if weights is not None:
            values["workflow_weight"] = weights[share.strategy_id]
        row = insert(CapitalShare).values(bot_id=bot_id, strategy_id=share.strategy_id, **values)
        yield row.on_conflict_do_update(
            index_elements=[CapitalShare.bot_id, CapitalShare.strategy_id],
            set_={**values, "updated_at": func.now()},
        )


def _audit(
    bot_id: str,
    before: tuple[Sequence[Share], Lending],
    after: tuple[Sequence[Share], Lending],
    actor: Actor,
    reason: str,
    at: datetime,
) -> Steps[None]:
    entry = AuditEntry(
        actor=actor,
        action="capital.set",
        subject=f"bot:{bot_id}",
        reason=reason,
        before=_told(*before),
        after=_told(*after),
    )
    yield from audit.append(entry, at).steps()


def _told(split: Sequence[Share], lending: Lending) -> dict[str, Any]:
    return {
        "lending": lending,
        "shares": {s.strategy_id: {"weight": str(s.weight), "lends": s.lends} for s in split},
    }
