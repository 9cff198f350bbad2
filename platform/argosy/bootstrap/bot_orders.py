"""Requests for new bots: from a document or a template to a checked, storable bot."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from argosy.bootstrap.catalog import domain_of, find_packaged, template
from argosy.core.bot import ID_PATTERN, Mode
from argosy.core.schedule.schedule import parse as parse_schedule
from argosy.errors import Conflict, InvalidInput
from argosy.graph.document import WorkflowDocument
from argosy.graph.document import digest as digest_of
from argosy.graph.registry import NodeRegistry
from argosy.infrastructure.catalog.bots import NewBot
from argosy.infrastructure.catalog.check import check
from argosy.infrastructure.catalog.surroundings import Surroundings, surroundings
from argosy.infrastructure.catalog.values import with_values
from argosy.infrastructure.storage.engine.operation import Operation, Steps
from argosy.infrastructure.storage.money import positions

MOST_CAPITAL = Decimal(10) ** 15
_DIGITS = 18
_CURRENCY = re.compile(r"[A-Z0-9]{2,12}")


@dataclass(frozen=True, slots=True)
class BotOrder:
    """Request for a new bot, from either `document` or `template`.

    `values` override values of the document. `strategies` are further documents; each is saved unless its name
    already exists. None in a field means the value of the template, the document or the ledger. `schedule` is a
    spec in wire form; an empty one means that the bot runs only by hand.
    """

    document: WorkflowDocument | None = None
    template: str | None = None
    values: Sequence[str] = ()
    strategies: Sequence[WorkflowDocument] = ()
    id: str | None = None
    name: str | None = None
    capital: Decimal | None = None
    currency: str | None = None
    schedule: Mapping[str, Any] | None = None
    mode: Mode = Mode.PAPER
    domain: str | None = None
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """Request with its surroundings; `around` and `ledger_currency` are read from the database."""

    order: BotOrder
    document: WorkflowDocument
    around: Surroundings
    ledger_currency: str | None


@dataclass(frozen=True, slots=True)
class Checked:
    """Bot to store, and warnings for its author."""

    bot: NewBot
    warnings: Sequence[str] = field(default_factory=list)


def prepare(order: BotOrder) -> Operation[Prepared]:
    """Read the stored data that the request must fit.

    Raises InvalidInput and NotFound for faults of the request itself.
    """
    order = _from_template(order)
    document = order.document
    assert document is not None  # given, or set from the template
    if document.kind != "bot":
        raise InvalidInput(
            "a bot needs a workflow of kind bot",
            expected="a document that says when its strategies run and with which share of the capital",
            found=f"{document.id} is of kind {document.kind}",
            remedy="name the strategy in a bot's document; `argosy workflow save FILE` stores the strategy alone",
        )
    _plausible(order, document)
    document = with_values(document, order.values)

    def steps() -> Steps[Prepared]:
        around = yield from surroundings(document, find_packaged, order.strategies).steps()
        return Prepared(order, document, around, (yield from positions.ledger_currency().steps()))

    return Operation(steps)


def check_request(prepared: Prepared, registry: NodeRegistry) -> Checked:
    """Check the request completely and return the bot.

    Raises WorkflowInvalid, InvalidInput and Conflict.
    """
    order, document, around = prepared.order, prepared.document, prepared.around
    also = [each for each in order.strategies if each.id not in around.named]
    known = {each.id: around.named[each.id] for each in order.strategies if each.id in around.named}
    warnings = [
        f"strategy {each.id} is there already and differs: the saved one is used"
        for each in order.strategies
        if each.id in known and digest_of(known[each.id]) != digest_of(each)
    ]
    warnings += [str(problem) for problem in check(document, around, registry, find_packaged, also)]
    currency = order.currency or prepared.ledger_currency or "USD"
    if prepared.ledger_currency not in (None, currency):
        raise Conflict(
            "the ledger is kept in one base currency",
            expected=str(prepared.ledger_currency),
            found=currency,
            remedy="give the bot the same base currency; its venues may use others",
        )
    assert order.capital is not None  # _plausible has checked it
    bot = NewBot(
        id=order.id or document.id,
        name=order.name or document.name,
        domain=domain_of(document, around.resolve(document, *also), order.domain),
        mode=order.mode,
        capital=order.capital,
        base_currency=currency,
        document=document,
        strategies=also,
        schedule=parse_schedule(dict(order.schedule)) if order.schedule else None,
        paused=order.paused,
    )
    return Checked(bot, warnings)


def _from_template(order: BotOrder) -> BotOrder:
    """Replace the template by its document.

    A changed template becomes a workflow of the bot's own; other users of the template keep theirs.
    """
    if (order.document is None) == (order.template is None):
        raise InvalidInput(
            "a bot is made from one thing",
            expected="a document, or a template",
            found="both" if order.document is not None else "neither",
            remedy="give a file, or --from TEMPLATE (`template` in the API)",
        )
    if order.template is None:
        return order
    found = template(order.template)
    document = found.document
    if order.values and order.id is not None:
        document = document.model_copy(update={"id": order.id, "name": order.name or document.name})
    elif order.values:
        raise InvalidInput(
            "a template with values of its own needs an id for the bot",
            expected="an id that says what differs",
            remedy="give it with --id (`id` in the API)",
        )
    return replace(
        order,
        document=document,
        capital=order.capital if order.capital is not None else found.capital,
        schedule=order.schedule if order.schedule is not None else found.schedule,
        domain=order.domain or found.domain,
    )


def _plausible(order: BotOrder, document: WorkflowDocument) -> None:
    id = order.id or document.id
    if not re.fullmatch(ID_PATTERN, id):
        raise InvalidInput(
            "this is not a valid bot id", expected=f"a text like {ID_PATTERN}", found=repr(id[:80])
        )
    capital = order.capital
    if capital is None:
        raise InvalidInput(
            "the bot has no capital",
            expected="an amount in its base currency",
            remedy="give it with --capital",
        )
    exponent = capital.as_tuple().exponent
    fine = capital.is_finite() and isinstance(exponent, int) and exponent >= -_DIGITS
    if not fine or not 0 < capital <= MOST_CAPITAL:
        raise InvalidInput(
            "this is not a valid amount of capital",
            expected=f"an amount above 0 and at most {MOST_CAPITAL:f}, with at most {_DIGITS} decimals",
            found=str(capital)[:80],
        )
    if order.currency is not None and not _CURRENCY.fullmatch(order.currency):
        raise InvalidInput(
            "this is not a valid currency", expected="a code such as USD", found=repr(order.currency[:40])
        )
