"""`argosy ledger check`: bookings that differ from the venues' records, and corrections."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from argosy.cli._shared.actor import ReasonOption, actor
from argosy.cli._shared.output import ExitCode, JsonFlag, print_json, print_table

if TYPE_CHECKING:
    from argosy.infrastructure.money.check import CheckReport, OrderFinding


def check(
    bot: Annotated[str, typer.Option("--bot", help="Only this bot.")] = "",
    venue: Annotated[str, typer.Option(help="Only orders at this venue.")] = "",
    mode: Annotated[
        Literal["paper", "sandbox", "live"] | None, typer.Option(help="Every mode when absent.")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="Only orders decided since this moment (UTC)."
        ),
    ] = None,
    correct: Annotated[
        bool, typer.Option("--correct", help="Correct wrong bookings by audited adjustments.")
    ] = False,
    reason: ReasonOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Compare the executions of every order with its venue's own record.

    Exit code 1 while an order is booked wrong. --correct needs --reason; rows are added, never edited.
    """
    from argosy.bootstrap import open_runtime
    from argosy.core.actions.intent import Intent
    from argosy.core.bot import Mode
    from argosy.core.venues.venue import Venue
    from argosy.errors import InvalidInput
    from argosy.infrastructure.money.check import check as check_orders
    from argosy.infrastructure.money.check import every_order
    from argosy.infrastructure.storage.catalog import bots
    from argosy.infrastructure.storage.money.corrections import Orders

    if correct and not reason.strip():
        raise InvalidInput("a correction needs a reason", expected="--reason", found="nothing")
    runtime = open_runtime()
    if bot:
        runtime.database.run(bots.get(bot))

    def venue_of(intent: Intent) -> Venue:
        caller = intent.caller
        record = runtime.database.run(bots.get(caller.bot_id))
        venues = runtime.contexts.venues(caller.bot_id, caller.domain, Mode(caller.mode), record.capital)
        return venues.get(intent.action.venue)

    wanted = Orders(
        bot_id=bot or None,
        venue=venue or None,
        mode=mode,
        since=None if since is None else since.replace(tzinfo=UTC),
    )
    report = check_orders(runtime.database, venue_of, every_order(runtime.database, wanted))
    outcomes = {each.intent.client_id: _outcome(runtime, each, correct, reason) for each in report.findings}
    _show(report, outcomes, as_json)
    if any(outcome != "corrected" for outcome in outcomes.values()):
        raise typer.Exit(ExitCode.FAILED)


def _outcome(runtime: Any, finding: OrderFinding, correct: bool, reason: str) -> str:
    """Return the state of a finding as text, after its correction if `correct` is set.

    A refused correction returns its error: the order may have changed at the venue meanwhile.
    """
    from argosy.errors import ArgosyError
    from argosy.infrastructure.storage.money import corrections

    if not finding.correctable:
        return "open: its look-up books it"
    if not correct:
        return "wrong"
    try:
        runtime.database.run(
            corrections.correct(
                finding.intent.client_id,
                finding.record,
                actor=actor(),
                at=runtime.clock.now(),
                reason=reason,
            )
        )
    except ArgosyError as error:
        return f"not corrected: {error}"
    return "corrected"


def _show(report: CheckReport, outcomes: dict[str, str], as_json: bool) -> None:
    found = [_row(each, outcomes[each.intent.client_id]) for each in report.findings]
    unchecked = [
        {"order": each.intent.client_id, "bot": each.intent.caller.bot_id, "venue": each.intent.action.venue,
         "reason": each.reason}
        for each in report.unchecked
    ]  # fmt: skip
    if as_json:
        ok = all(outcome == "corrected" for outcome in outcomes.values())
        print_json({"ok": ok, "checked": report.checked, "findings": found, "unchecked": unchecked})
        return
    typer.echo(
        f"{report.checked} orders compared with their venues, {len(found)} differ, {len(unchecked)} unchecked"
    )
    columns = ("order", "bot", "venue", "symbol", "problem", "booked", "at the venue", "outcome")
    keys = ("order", "bot", "venue", "symbol", "problem", "booked", "recorded", "outcome")
    print_table(columns, ([row[key] for key in keys] for row in found), empty="no difference")
    if unchecked:
        print_table(("order", "bot", "venue", "why it is unchecked"), ([*row.values()] for row in unchecked))


def _row(each: OrderFinding, outcome: str) -> dict[str, str]:
    return {
        "order": each.intent.client_id,
        "bot": each.intent.caller.bot_id,
        "mode": each.intent.caller.mode,
        "venue": each.intent.action.venue,
        "symbol": each.intent.action.symbol,
        "status": each.intent.status.value,
        "problem": ", ".join(each.comparison.problems),
        "booked": each.comparison.booked.text,
        "recorded": each.comparison.recorded.text,
        "outcome": outcome,
    }
