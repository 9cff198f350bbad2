"""Postgres restored from an older copy under running workers.

Old books must allow no risk, and there must be a way out that ends clean.
"""

from __future__ import annotations

import re
import time
from decimal import Decimal
from typing import Any

from support.engine import wait_for

from chaos import bots, commands, lateness, proof, shared
from chaos.campaign import flow, quick_cli
from chaos.outages import IN_FLIGHT_S
from chaos.proof import Books
from chaos.shots import Harm, Weapon
from chaos.stack import ChaosStack, patiently
from chaos.venue import account_of

OLDER, BEFORE_A_HALT = "older", "older than a halt"
VARIANTS = {OLDER: 1}
CLOSING = {BEFORE_A_HALT: 1}
SECONDS = {2: 3, 5: 2, 10: 1}
"""Seconds of history that are forgotten, with weights."""
NOTICED_S = 60
BLIND_S = 3.0
"""Seconds for which the bots go on trying after the platform was halted."""
SETTLED_S = 120
RESUMED_S = 240
MARGIN_MS = 5000
VENUE = "polymarket"
BASELINE = re.compile(r"argosy ledger baseline --bot \S+ --venue (\S+)")
MOST = 5
TURN = 3
"""Most shots between two proofs, because each shot has to end with a way out of its own."""


def fire(harm: Harm) -> None:
    """Restore an older Postgres and check the halt, the refusals and the way out.

    Raises AssertionError.
    """
    stack, shot = harm.stack, harm.shot
    stack.stop_server("postgres")
    older = stack.copy_server("postgres")
    stack.raise_server("postgres")
    copied_ms = patiently(stack.venue.now_ms)
    flow(stack, 3)
    harm.endure()
    stop = lateness.halt(stack) if shot.variant == BEFORE_A_HALT else None
    stack.crash_server("postgres")
    stack.raise_server("postgres", older=older)
    restored_ms = patiently(stack.venue.now_ms)
    since_ms = restored_ms + int(IN_FLIGHT_S * 1000)
    books = Books(stack.servers.endpoints.database_url)
    wait_for(
        lambda: any(each.scope == "platform" and each.state == "HALT" for each in _states(stack)),
        timeout_s=NOTICED_S,
        why=f"{shot}: the platform is halted because its books went back in time",
    )
    time.sleep(BLIND_S)
    refused = wait_for(
        lambda: patiently(lambda: proof.refusals(books, restored_ms)),
        timeout_s=NOTICED_S,
        why=f"{shot}: something is tried on the old books, or it proves nothing",
    )
    risk = [o["id"] for o in stack.venue.orders() if o["created"] > since_ms and o["side"] == "BUY"]
    assert not risk, f"{shot}\n{len(risk)} orders took risk on old books: {risk[:MOST]}"
    late = [] if stop is None else lateness.after(books, stack.venue, stop, bots.SMALL_BOTS)
    assert not late, f"{shot}\nsent late:\n  " + "\n  ".join(late)
    patiently(stack.venue.calm)
    begun = time.monotonic()
    found = _way_out(stack, books, copied_ms - MARGIN_MS, since_ms, str(shot))
    harm.notes |= {"forgotten orders": found, "refused": refused}
    harm.notes["resumed after s"] = round(time.monotonic() - begun, 1)
    patiently(stack.venue.disturb)


def _states(stack: ChaosStack) -> list[Any]:
    return patiently(stack.runtime.desk.status, why="Postgres answers")


def _forgotten(stack: ChaosStack, books: Books, since_ms: int, until_ms: int) -> list[dict[str, Any]]:
    """Return orders of that time at our bots' accounts that no action knows."""
    accounts = {account_of(bot): bot for bot in bots.SMALL_BOTS}
    ours = {
        row["order_id"]
        for row in books.rows("SELECT lower(venue_id) AS order_id FROM intents WHERE venue_id IS NOT NULL")
    }
    return [
        {**order, "bot": accounts[order["account"]]}
        for order in stack.venue.orders()
        if order["account"] in accounts
        and order["id"] not in ours
        and since_ms <= order["created"] <= until_ms
    ]


def _way_out(stack: ChaosStack, books: Books, since_ms: int, until_ms: int, told: str) -> int:
    """Act as an operator: cancel unknown orders, book differences, resume; return the forgotten orders.

    An order counts as forgotten once every action that the older books know as begun is settled: its look-up may
    find the order. Raises AssertionError.
    """
    unknown = _forgotten(stack, books, since_ms, until_ms)
    for bot in sorted({order["bot"] for order in unknown if order["status"] == "LIVE"}):
        _cancel_all(stack, bot)
    wait_for(
        lambda: not [each for each in proof.unfinished(books) if each.startswith("intent ")],
        timeout_s=SETTLED_S,
        why=f"{told}: what the older books know as begun is settled",
    )
    forgotten = _forgotten(stack, books, since_ms, until_ms)
    stack.forgotten |= {order["id"] for order in forgotten}
    ends = time.monotonic() + RESUMED_S
    while stopped := sorted(each.scope for each in _states(stack) if each.state in commands.STOPPED):
        scope = (
            "platform" if "platform" in stopped else stopped[0]
        )  # a bot that was halted by itself is left out of it
        try:
            commands.ask(
                stack,
                *("resume", "--scope", scope, "--reason", "restored, compared and adjusted"),
                call=quick_cli,
            )
            continue
        except AssertionError as error:
            if time.monotonic() > ends:
                raise AssertionError(f"{told}\nno way out of the restore: {error}") from None
        for bot in bots.SMALL_BOTS:
            if scope in ("platform", f"bot:{bot}"):
                _adjust(stack, books, bot)
                _accept(stack, books, bot)
    return len(forgotten)


def _cancel_all(stack: ChaosStack, bot: str) -> None:
    done = quick_cli(stack, "cancel-all", "--venue", VENUE, "--sandbox", bot, "--yes", "--reason", "restored")
    assert done.returncode == 0, f"`argosy cancel-all` of {bot}: {done.stdout}{done.stderr}"


def _accept(stack: ChaosStack, books: Books, bot: str) -> None:
    """Book a bot's trades from the venue's statement and accept the rest, where it was never compared before."""
    blocked = books.rows("SELECT blocked FROM capital_accounts WHERE bot_id = %s", bot)
    for venue in BASELINE.findall(" ".join(row["blocked"] or "" for row in blocked)):
        if books.rows(
            "SELECT asset FROM venue_baselines WHERE bot_id = %s AND venue = %s LIMIT 1", bot, venue
        ):
            continue  # accepted before; the next comparison takes the block away
        if venue == VENUE:  # the bots trade nowhere else
            _book_trades(stack, books, bot)
        done = quick_cli(
            stack, "ledger", "baseline", "--bot", bot, "--venue", venue, "--reason", "the deposit"
        )
        assert done.returncode == 0, f"`argosy ledger baseline` of {bot}: {done.stdout}{done.stderr}"


def _book_trades(stack: ChaosStack, books: Books, bot: str) -> None:
    theirs = proof.venue_side(stack.venue, account_of(bot))
    ours = proof.positions_of(books, bot)
    for symbol in sorted({*theirs.shares, *ours}):
        more = theirs.shares.get(symbol, Decimal(0)) - ours.get(symbol, Decimal(0))
        for strategy, part in _parts(books, bot, VENUE, symbol, more).items() if more else ():
            _book(stack, bot, VENUE, symbol, f"--quantity={part}", strategy)
    cash = theirs.cash - proof.cash_of(books, bot)
    if cash:
        _book(stack, bot, VENUE, "USD", f"--amount={cash}")


def _book(stack: ChaosStack, bot: str, venue: str, asset: str, amount: str, strategy: str = "") -> None:
    done = quick_cli(
        stack, "ledger", "adjust", "--bot", bot, "--venue", venue, "--asset", asset, amount,
        *(("--strategy", strategy) if strategy else ()), "--reason", "orders that the restore forgot",
    )  # fmt: skip
    assert done.returncode == 0, (
        f"`argosy ledger adjust` of {bot}: {amount} {asset}: {done.stdout}{done.stderr}"
    )


def _adjust(stack: ChaosStack, books: Books, bot: str) -> None:
    """Book every difference that the newest comparison names."""
    newest = books.rows(
        "SELECT status, differences FROM reconciliations WHERE bot_id = %s ORDER BY at DESC, id DESC LIMIT 1",
        bot,
    )
    for row in newest[0]["differences"] if newest and newest[0]["status"] == "drift" else []:
        if " order " in row["asset"]:  # a working order that the database does not know
            _cancel_all(stack, bot)
            continue
        more = Decimal(row["theirs"]) - Decimal(row["ours"])
        money = len(row["asset"]) <= 6  # a currency; names of tokens are long
        parts = {"": more} if money else _parts(books, bot, row["venue"], row["asset"], more)
        for strategy, part in parts.items():
            amount = f"--{'amount' if money else 'quantity'}={part}"
            _book(stack, bot, row["venue"], row["asset"], amount, strategy)


def _parts(books: Books, bot: str, venue: str, symbol: str, more: Decimal) -> dict[str, Decimal]:
    """Divide units by strategy.

    Additional units are the bot's own. Missing units are taken from the strategies that hold them.
    """
    if more > 0:
        return {"": more}
    held = books.rows(
        "SELECT strategy_id, quantity FROM positions WHERE bot_id = %s AND venue = %s AND symbol = %s"
        " AND quantity > 0 ORDER BY strategy_id",
        bot, venue, symbol,
    )  # fmt: skip
    parts: dict[str, Decimal] = {}
    left = -more
    for row in held:
        taken = min(left, row["quantity"])
        if taken:
            parts[row["strategy_id"]] = -taken
        left -= taken
    return parts


WEAPON = Weapon("restores", VARIANTS, SECONDS, fire, shared.stack, closing=CLOSING, halts=False, turn=TURN)
